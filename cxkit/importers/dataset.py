"""`dataset.yml`: the period that each table covers, written beside what a person wrote."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from cxkit import forms
from cxkit.contract import Table, tables
from cxkit.dataset.find.settings import check_settings
from cxkit.errors import DataError
from cxkit.importers.times import zone_named


def coverage(table: Table, frame: pd.DataFrame, timezone: str) -> tuple[str, str] | None:
    """First and last day of a table in the reporting zone; None where nothing dates its rows.

    Examples
    --------
    >>> orders = pd.DataFrame({"ordered_at": ["2026-03-01T23:30:00+00:00", "2026-03-05T12:00:00+00:00"]})
    >>> coverage(tables()["orders"], orders, "Europe/Berlin")
    ('2026-03-02', '2026-03-05')
    """
    if not table.time or table.time not in frame:
        return None
    cells = [cell for cell in frame[table.time] if cell]
    if not cells:
        return None
    if table.columns[table.time].type == "date":
        return min(cells), max(cells)
    try:
        moments = [datetime.fromisoformat(cell) for cell in cells]
    except ValueError as error:
        raise DataError(
            f"{table.name}.csv: {table.time} holds what is not a time ({error}). Run `cxkit check` on the folder."
        ) from error
    zone = zone_named(timezone)
    days = [_day(moment, zone) for moment in (min(moments, key=_instant), max(moments, key=_instant))]
    return days[0].isoformat(), days[1].isoformat()


def _instant(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(moment: datetime, zone: Any) -> date:
    return moment.astimezone(zone).date() if moment.tzinfo else moment.date()


def extend_settings(folder: Path, frames: Mapping[str, pd.DataFrame], timezone: str | None) -> tuple[str, list[str]]:
    """Text of `dataset.yml` with the period that each table now covers; what a person wrote there stays as it is.

    Parameters
    ----------
    folder : Path
    frames : mapping of table name to DataFrame
        The tables of this import as they will be written.
    timezone : str or None
        Reporting zone for a new file; UTC without one.

    Returns
    -------
    str, list of str
        The text, and what a person should look at in it.

    Raises
    ------
    DataError
        The file that is there is not readable.
    """
    text, entry = _read(folder)
    lines, notes = _new_lines(entry, frames, timezone)
    zone = str(entry.get("timezone", timezone or "UTC"))
    stated = check_settings({"tables": entry.get("tables")}, "dataset.yml").tables
    periods = {name: (first.isoformat(), last.isoformat()) for name, (first, last) in stated.items()}
    for name, frame in frames.items():
        if found := coverage(tables()[name], frame, zone):
            old = periods.get(name, found)
            periods[name] = (min(old[0], found[0]), max(old[1], found[1]))
    head = "".join([text, *(f"{line}\n" for line in lines)])
    return _with_periods(head, {name: periods[name] for name in tables() if name in periods}), notes


def _read(folder: Path) -> tuple[str, dict[str, Any]]:
    """The text that is there, each line ended, and what it says; nothing for a new data set."""
    path = folder / "dataset.yml"
    if not path.exists():
        return "", {}
    try:
        text = path.read_text("utf-8-sig")
        entry = forms.load(text, path.name) or {}
    except (OSError, UnicodeDecodeError, DataError) as error:
        raise DataError(
            f"dataset.yml in {folder.name} cannot be read. Mend it first; the import left it as it is."
        ) from error
    if not isinstance(entry, dict):
        raise DataError(f"dataset.yml in {folder.name}: expected lines of `name: value`.")
    return text if not text or text.endswith("\n") else text + "\n", entry


def _new_lines(
    entry: Mapping[str, Any], frames: Mapping[str, pd.DataFrame], timezone: str | None
) -> tuple[list[str], list[str]]:
    """Settings that the file lacks and the import knows, and what a person should look at."""
    lines, notes = [], []
    if "timezone" not in entry:
        lines.append(f"timezone: {timezone or 'UTC'}")
        if timezone is None:
            notes.append("dataset.yml: the reporting time zone is set to UTC; change it there if days begin elsewhere")
    currencies = sorted({cell for frame in frames.values() for cell in frame.get("currency", ()) if cell})
    if "currency" not in entry and len(currencies) == 1:
        lines.append(f"currency: {currencies[0]}")
    elif len(currencies) > 1:
        notes.append(f"amounts are in {', '.join(currencies)}: a report needs one currency")
    return lines, notes


def _with_periods(text: str, periods: Mapping[str, tuple[str, str]]) -> str:
    block = "".join(f"  {name}: {{from: {first}, to: {last}}}\n" for name, (first, last) in periods.items())
    if not block:
        return text
    found = re.search(r"^tables:[^\n]*\n(?:[ \t#][^\n]*\n|\n(?=[ \t]))*", text, re.MULTILINE)
    if found is None:
        return f"{text}tables:  # the period that each table covers\n{block}"
    head = found[0].splitlines(keepends=True)[0]
    head = head if re.fullmatch(r"tables:\s*(#[^\n]*)?\n", head) else "tables:\n"
    return text[: found.start()] + head + block + text[found.end() :]
