"""Column maps, which say how a vendor's file becomes contract tables: those of the kit, and a user's own laid over them.

The form is described, with an example of each key, in docs/importing.md. A vendor that ships with the kit and a map that
a user writes for `generic` are the same thing.
"""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from cxkit import forms
from cxkit.contract import tables
from cxkit.errors import ArgumentError, did_you_mean
from cxkit.importers.form import VendorMap
from cxkit.importers.parse import name_among, vendor_map

_FOLDER = files(__package__) / "maps"


def vendors() -> dict[str, tuple[str, str]]:
    """Name → (title, how to export) of every vendor that the kit knows.

    Examples
    --------
    >>> vendors()["x"][0]
    'X (Twitter) post analytics'
    """
    entries = {name: forms.load(map_text(name), f"{name}.yml") for name in _known()}
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
    base: dict[str, Any] = {}
    if vendor != "generic":
        base = forms.load(map_text(vendor), f"{vendor}.yml")
    elif own is None:
        raise ArgumentError(
            "generic needs a column map: --map map.yml. docs/importing.md shows the form; docs/examples/maps has examples."
        )
    if own is None:
        return forms.read(base, lambda entry: vendor_map(entry, vendor), f"{vendor}.yml")
    try:
        text = Path(own).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(
            f"cannot read the map {own}: {error.strerror if isinstance(error, OSError) else 'it is not UTF-8 text'}."
        ) from error
    where = Path(own).name
    return forms.read(forms.load(text, where), lambda mine: vendor_map(_laid_over(base, mine), vendor), where)


def _laid_over(base: dict[str, Any], written: Any) -> Mapping[str, Any]:
    """The user's keys go before the vendor's; `columns` are laid over those of each table that has them, `items` over answers."""
    own = forms.keys(written)
    if "prepare" in own and own["prepare"] != base.get("prepare"):  # a copy of the vendor's map may name the vendor's
        raise ValueError("unknown key `prepare`: what the kit does in code is no part of a map.")
    if not base or "tables" in own:
        return forms.over(base, own)
    known = {name for table in base["tables"] for name in tables()[table["table"]].columns}
    columns = {"columns": forms.mapping(forms.anything, key=name_among(known, "no table of this vendor"))}
    laid = forms.fill(forms.part(own, ["columns"]), columns).get("columns", {})
    merged = forms.over(base, forms.part(own, own.keys() - {"columns", "items"}))
    merged["tables"] = [dict(table) for table in base["tables"]]
    for table in merged["tables"]:
        names = [name for name in laid if name in tables()[table["table"]].columns or name.startswith("x_")]
        table["columns"] = forms.over(table["columns"], forms.part(own.get("columns"), names))
        if own.get("items") is not None and table["table"] == "survey_answers":
            table["items"] = own["items"]
    return merged
