"""What the vendor computed, held against what the import makes: totals rows and rates."""

from collections.abc import Iterable
from decimal import Decimal

import pandas as pd

from cxkit.importers import numbers, times
from cxkit.importers.form import Check, Totals
from cxkit.importers.options import Options
from cxkit.importers.read import Sheet, dicts, plain


def as_numbers(
    values: Iterable[str], options: Options, where: str, nulls: frozenset[str] = frozenset()
) -> list[Decimal | None]:
    """Numbers of a vendor's own column, durations and percentages among them; None where there is none."""
    filled = [text if plain(text) not in nulls else "" for text in values]
    durations = {text: seconds for text in set(filled) if text and (seconds := times.to_seconds(text)) is not None}
    rest = [text for text in filled if text not in durations]
    found = (
        dict(zip(rest, numbers.decimals(rest, whole=False, given=options.decimal, where=where), strict=True))
        | durations
    )
    return [number / 100 if (number := found[text]) is not None and text.endswith("%") else number for text in filled]


def compare_totals(total: pd.Series, rows: pd.DataFrame, totals: Totals, options: Options, where: str) -> list[str]:
    """Compare a totals row with its rows: counts must agree, means within what their rounding allows."""
    notes = []
    for heading in totals.sums:
        if heading in rows and total[heading]:
            *found, told = _whole([*rows[heading], total[heading]], options, where)
            summed = sum((number for number in found if number is not None), Decimal(0))
            notes.append(
                f"{where}, totals row: {heading} {told}, sum of the rows {summed}: {'agrees' if told == summed else 'DIFFERS'}"
            )
    for heading, weight in totals.means.items():
        if heading in rows and weight in rows and total[heading]:
            *means, told_mean = as_numbers([*rows[heading], total[heading]], options, where)
            pairs = zip(means, _whole(rows[weight], options, where), strict=True)
            filled = [(value, n) for value, n in pairs if value is not None and n is not None]
            n = sum((n for _, n in filled), Decimal(0))
            mean = sum((value * n for value, n in filled), Decimal(0)) / n if n else Decimal(0)
            close = told_mean is not None and abs(mean - told_mean) <= _rounding(total[heading], told_mean)
            notes.append(
                f"{where}, totals row: {heading} {total[heading]}, mean of the rows by {weight} {mean:.5f}: {'agrees' if close else 'DIFFERS'}"
            )
    return notes


def _whole(values: Iterable[str], options: Options, where: str) -> list[Decimal | None]:
    return numbers.decimals(values, whole=True, given=options.decimal, where=where)


def _rounding(text: str, value: Decimal) -> Decimal:
    """Half the last digit that is printed, twice: the rows are rounded as well as the total."""
    if ":" in text:
        return Decimal(1)
    digits = len(numbers.bare(text).replace(",", ".").partition(".")[2])
    unit = Decimal(1).scaleb(-digits)
    return unit / 100 if text.endswith("%") else unit


def compare_check(check: Check, rows: pd.DataFrame, frame: pd.DataFrame, options: Options, sheet: Sheet) -> str:
    told = dict(
        zip(rows.index, as_numbers(rows[check.heading], options, f"{sheet.file}, {check.heading}"), strict=True)
    )
    compared = differing = 0
    first = 0
    for row in dicts(frame):
        expected = told.get(row["(line)"])
        over = [Decimal(row[name]) for name in check.over if row.get(name)]
        under = [Decimal(row[name]) for name in check.under if row.get(name)]
        if expected is None or not over or (check.under and not sum(under)):
            continue
        if check.reading == "percent" and not str(rows.loc[row["(line)"], check.heading]).endswith("%"):
            expected /= 100
        value = sum(over) / sum(under) if check.under else sum(over)
        compared += 1
        if abs(value - expected) > Decimal(str(check.within)):
            differing += 1
            first = first or int(row["(line)"])
    name = sheet.headings.get(check.heading, check.heading)
    verdict = f"{differing} differ, first in line {first}" if differing else "all agree"
    return f"check: {name} recomputed in {compared} rows, {verdict}"
