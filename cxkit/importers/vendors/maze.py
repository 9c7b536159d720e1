"""Maze's wide export has a row a tester and, for each mission, a column an outcome, a duration and so on: made one row a mission."""

import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from statistics import median

import pandas as pd

from cxkit.errors import DataError
from cxkit.importers.numbers import bare, to_decimal, written
from cxkit.importers.read import Sheet, dicts

# What a heading ends with, and the column of a mission that it fills.
MEASURES = {
    "outcome": "outcome", "path outcome": "outcome", "result": "outcome", "status": "outcome",
    "duration (s)": "duration (s)", "duration (sec)": "duration (s)", "time (s)": "duration (s)", "time spent (s)": "duration (s)",
    "duration (ms)": "duration (ms)", "time (ms)": "duration (ms)", "time spent (ms)": "duration (ms)",
    "duration": "duration", "time spent": "duration",
    "misclicks": "misclicks", "misclick count": "misclicks", "number of misclicks": "misclicks",
    "clicks": "clicks", "click count": "clicks", "number of clicks": "clicks",
}  # fmt: skip
_HEADING = re.compile(
    rf"(?P<mission>.+?)[\s:|/–—-]+(?P<measure>{'|'.join(map(re.escape, sorted(MEASURES, key=len, reverse=True)))})"
)
LONGEST_S = 900  # a typical mission beyond a quarter of an hour is most likely told in milliseconds


def prepare(sheets: list[tuple[Sheet, str]]) -> list[tuple[Sheet, str]]:
    """Make a row a tester and mission of each wide sheet."""
    return [(_missions(sheet), "missions") if name == "wide" else (sheet, name) for sheet, name in sheets]


def _missions(sheet: Sheet) -> Sheet:
    found: dict[str, dict[str, str]] = {}
    for name in map(str, sheet.rows.columns):
        if match := _HEADING.fullmatch(name):
            found.setdefault(match["mission"], {})[MEASURES[match["measure"]]] = name
    missions = {mission: columns for mission, columns in found.items() if "outcome" in columns}
    if not missions:
        raise DataError(
            f"{sheet.file} has neither a column Mission nor an outcome a mission (such as `Find a gift - Outcome`). "
            f"Found the headings: {', '.join(list(sheet.headings.values())[:12])}"
        )
    used = {name for columns in missions.values() for name in columns.values()}
    kept = [name for name in map(str, sheet.rows.columns) if name not in used]
    rows, lines = [], []
    for line, row in zip(sheet.rows.index, dicts(sheet.rows), strict=True):
        for mission, columns in missions.items():
            cells = {measure: row[name] for measure, name in columns.items()}
            if any(cells.values()):
                heading = sheet.headings[columns["outcome"]]
                rows.append({name: row[name] for name in kept} | {"mission": heading[: len(mission)].strip()} | cells)
                lines.append(line)
    measures = [
        measure for measure in dict.fromkeys(MEASURES.values()) if any(measure in one for one in missions.values())
    ]
    frame = pd.DataFrame(
        rows, columns=[*kept, "mission", *measures], index=pd.Index(lines, name="line"), dtype=object
    ).fillna("")
    frame["duration (s)"] = _seconds(frame, sheet.file)
    made = sheet.with_rows(frame.drop(columns=["duration", "duration (ms)"], errors="ignore"), used=used)
    reshaped = Counter({"a row for each mission of a tester": len(lines) - len(set(lines))})
    idle = Counter({"tester without a mission": len(sheet.rows) - len(set(lines))})
    return replace(made, reshaped=sheet.reshaped + reshaped, left_out=sheet.left_out + idle)


def _seconds(frame: pd.DataFrame, file: str) -> list[str]:
    """Durations in seconds; a column that does not tell its unit is believed only if its typical value can be seconds."""
    if "duration" in frame:
        numbers = [float(number) for text in frame["duration"] if (number := to_decimal(bare(text), ".")) is not None]
        if numbers and median(numbers) > LONGEST_S:
            raise DataError(
                f"{file}: a typical duration is {median(numbers):,.0f}. Are these milliseconds? Write the unit into the headings, "
                "such as `Duration (ms)` or `Duration (s)`."
            )
    nothing = pd.Series("", index=frame.index)
    seconds, plain, thousandths = (frame.get(name, nothing) for name in ("duration (s)", "duration", "duration (ms)"))
    return [one or other or _from_ms(ms) for one, other, ms in zip(seconds, plain, thousandths, strict=True)]


def _from_ms(text: str) -> str:
    number = to_decimal(bare(text), ".")
    return text if number is None else written(number / Decimal(1000))
