"""Column maps, which say how a vendor's file becomes contract tables: those of the kit, and a user's own laid over them.

The form is described, with an example of each key, in docs/importing.md. A vendor that ships with the kit and a map that
a user writes for `generic` are the same thing.
"""

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from cxkit.contract import tables
from cxkit.errors import ArgumentError, DataError, did_you_mean
from cxkit.importers import said
from cxkit.importers.form import VendorMap
from cxkit.importers.parse import TOP, vendor_map

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FOLDER = files(__package__) / "maps"


def vendors() -> dict[str, tuple[str, str]]:
    """Name → (title, how to export) of every vendor that the kit knows.

    Examples
    --------
    >>> vendors()["x"][0]
    'X (Twitter) post analytics'
    """
    entries = {name: _load(map_text(name), f"{name}.yml") for name in _known()}
    return {name: (entry["title"], entry["how"]) for name, entry in entries.items()}


def map_text(vendor: str) -> str:
    """The YAML of a vendor's map.

    Raises
    ------
    ArgumentError
        The kit does not know the vendor.
    """
    known = _known()
    if vendor not in known:
        raise ArgumentError(
            f"unknown vendor `{vendor}`.{did_you_mean(vendor, [*known, 'generic'])} The kit knows: {', '.join(known)}, generic."
        )
    return (_FOLDER / f"{vendor}.yml").read_text("utf-8")


def _known() -> list[str]:
    return sorted(entry.name.removesuffix(".yml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yml"))


def read_map(vendor: str, own: str | Path | None = None) -> VendorMap:
    """Read a vendor's map, with the user's own map laid over it.

    Parameters
    ----------
    vendor : str
        A name of `vendors()`, or "generic", for which `own` is the whole map.
    own : path, optional
        A YAML file. What it says at the top level goes before the vendor's; its `columns` are laid over each table's.

    Raises
    ------
    ArgumentError
        The vendor is unknown, or `generic` comes without a map.
    DataError
        A map breaks the form; the message names the place.
    """
    entry: dict[str, Any] = {}
    if vendor != "generic":
        entry = _load(map_text(vendor), f"{vendor}.yml")
    elif own is None:
        raise ArgumentError(
            "generic needs a column map: --map map.yml. docs/importing.md shows the form; docs/examples/maps has examples."
        )
    where = f"{vendor}.yml"
    if own is not None:
        where = Path(own).name
        try:
            text = Path(own).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentError(
                f"cannot read the map {own}: {error.strerror if isinstance(error, OSError) else 'it is not UTF-8 text'}."
            ) from error
        mine = _load(text, where)
        if mine.get("prepare") == entry.get("prepare"):  # a copy of the vendor's map, changed
            mine.pop("prepare", None)
        said.only(mine, [*(key for key in TOP if key != "prepare"), "columns", "items"], where)
        entry = _laid_over(entry, mine, where)
    return vendor_map(entry, vendor, where)


def _load(text: str, where: str) -> dict[str, Any]:
    try:
        entry = yaml.load(text, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise DataError(
            f"{where}{line}: not readable YAML ({getattr(error, 'problem', None) or 'a value is not valid'})."
        ) from error
    if not isinstance(entry, dict):
        raise DataError(f"{where}: expected keys such as `tables:`, found {said.kind(entry)}.")
    return entry


def _laid_over(base: dict[str, Any], own: dict[str, Any], where: str) -> dict[str, Any]:
    """The user's keys go before the vendor's; `columns` are laid over those of each table that has them, `items` over answers."""
    if not base or "tables" in own:
        return base | own
    columns = {str(name): spec for name, spec in said.mapping(own.pop("columns", {}), where, "columns").items()}
    items = own.pop("items", None)
    merged = base | own
    merged["tables"] = [dict(table) for table in base["tables"]]
    names = {name for table in merged["tables"] for name in tables()[table["table"]].columns}
    for name in columns:
        if name not in names and not name.startswith("x_"):
            raise DataError(
                f"{where}, columns: no table of this vendor has `{name}`.{did_you_mean(name, names)} A column of your own begins with x_."
            )
    for table in merged["tables"]:
        known = tables()[table["table"]].columns
        own_columns = {name: spec for name, spec in columns.items() if name in known or name.startswith("x_")}
        table["columns"] = table["columns"] | own_columns
        if items is not None and table["table"] == "survey_answers":
            table["items"] = items
    return merged
