"""Verdicts and changes in words.

*Up* is a direction, *better* a judgement: both are said. A verdict that is not a verdict (not finished, can't tell, hidden, off) is
said as well, and looks different from "no change".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import isclose
from typing import Any, NamedTuple

from cxkit.flags import Flag, flags_of
from cxkit.report.wording.format import NOTHING, Style, is_below_a_minute, missing
from cxkit.segment import Condition, conditions_of, levels_of

Row = Mapping[str, Any]


UNFINISHED = ", period not finished"


class Verdict(NamedTuple):
    """`kind` chooses the colour (good, bad, moved, flat, wait, none), `sign` stands beside it, `words` say it."""

    kind: str
    sign: str
    words: str

    @property
    def signed(self) -> str:
        """The words behind their sign."""
        return f"{self.sign} {self.words}".strip()


def verdict(row: Row, k: int = 10) -> Verdict:
    """Word the verdict of one measurement.

    Parameters
    ----------
    row : mapping
        One row of a measurement frame (`verdict`, `better`, `n_units`, `exclusion_reasons`).
    k : int
        Groups of fewer people are hidden.

    Examples
    --------
    >>> verdict({"verdict": "up", "better": "down"}).words
    'up, worse, beyond noise'
    >>> verdict({"verdict": "can't tell", "n_units": 118}).words
    "can't tell (n = 118)"
    """
    verdict = verdict_of(row)
    so_far = (UNFINISHED if is_unfinished(row) else "") + (
        ", method changed" if Flag.METHOD_CHANGED in flags_of(row.get("flags")) else ""
    )
    if verdict in ("up", "down"):
        sign = "▲" if verdict == "up" else "▼"
        better = row.get("better")
        if better not in ("up", "down"):
            return Verdict("moved", sign, f"{verdict}, beyond noise{so_far}")
        good = better == verdict
        return Verdict(
            "good" if good else "bad", sign, f"{verdict}, {'better' if good else 'worse'}, beyond noise{so_far}"
        )
    if verdict == "no change":
        return Verdict("flat", "●", f"no change beyond noise{so_far}")
    if verdict == "can't tell":
        sizes = [int(n) for n in (row.get("n_units"), row.get("base_n_units")) if n is not None and not missing(n)]
        return Verdict("wait", "?", f"can't tell (n = {min(sizes):,})" if sizes else "can't tell")
    if verdict == "not finished":
        return Verdict("wait", "◔", "not finished")
    if verdict == "hidden":
        if missing(row.get("value")):
            return Verdict("wait", "◌", f"hidden: < {k} people, or next to such a group")
        return Verdict("wait", "◌", f"can't compare: fewer than {k} people before")
    if verdict == "off":
        return Verdict("wait", "○", "not measured")
    if verdict == "no base":
        return Verdict("flat", "○", "nothing to measure" if missing(row.get("value")) else "nothing to compare with")
    return Verdict("none", "", "")


def is_unfinished(row: Row) -> bool:
    """Whether the row's period has not ended in the data."""
    return Flag.UNFINISHED in flags_of(row.get("flags"))


def label(row: Row) -> str:
    """The metric's title, with its segment if it has one: "Bounce rate, device class mobile".

    A title that says what it is parted by needs the value alone: "Conversion by device, mobile".
    """
    segment = str(row.get("segment") or "")
    levels = levels_of(segment)
    if re.search(r" (by|per) ", str(row["title"])) and levels[-1:] not in (("true",), ("false",)):
        said = ", ".join(map(plain_words, levels))
    else:
        said = segment_words(segment)
    return f"{row['title']}, {said}" if said else str(row["title"])


def segment_words(segment: str) -> str:
    """`device_class=mobile;channel=organic_search` → "device class mobile, channel organic search"."""
    return ", ".join(map(_condition_words, conditions_of(segment))) or segment


def condition_values(conditions: Sequence[Condition]) -> str:
    """What a row is by its conditions where the first column is said elsewhere: "mobile", "2026-03, month 4"."""
    says_itself = [place == 0 or one.column == "of" for place, one in enumerate(conditions)]
    return ", ".join(
        _level_words(one) if alone else _condition_words(one)
        for one, alone in zip(conditions, says_itself, strict=True)
    )


def _condition_words(condition: Condition) -> str:
    return f"{column_words(condition.column)} {_level_words(condition)}"


def _level_words(condition: Condition) -> str:
    return plain_words(condition.level)


def column_words(name: str) -> str:
    """A column's name as words: `device_class` → "device class", `brand_id` → "brand"."""
    return name.removesuffix("_id").replace("_", " ")


def plain_words(value: str) -> str:
    """A code such as `organic_search` as words; anything else as it is."""
    return value.replace("_", " ") if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", value) else value


def verdict_of(row: Row) -> str:
    """The row's verdict; a figure that was not compared is at least off or hidden."""
    flags = flags_of(row.get("flags"))
    return row.get("verdict") or ("off" if Flag.OFF in flags else "hidden" if Flag.SUPPRESSED in flags else "none")


def change(row: Row, style: Style, base_name: str) -> str:
    """The difference with its interval and what it is measured against: "+0.8 points on September (+0.5 … +1.1)".

    For a figure that is off: why.
    """
    if verdict_of(row) == "off":
        return str(row.get("exclusion_reasons") or "the data lack what it needs")
    if missing(row.get("difference")):
        return ""
    said, ends = _change(row, style)
    if base_name and is_unfinished(row):
        base_name = f"the same days of {base_name}"
    text = said + (f" on {base_name}" if base_name else "") + (" at equal length" if is_at_equal_length(row) else "")
    return text + ends + (f"; {row['restated']}" if row.get("restated") else "")


def change_in_a_table(row: Row, style: Style, decimals: int | None = None) -> str:
    """The difference with its interval alone; what it is measured against stands in the column before.

    A difference without an interval, and one of ratios, has the `decimals` of the values that it is the difference of.
    """
    if verdict_of(row) == "off" or missing(row.get("difference")):
        return change(row, style, "")
    said, ends = _change(row, style, decimals)
    return said.replace(" points", " pts") + ends + (f"; {row['restated']}" if row.get("restated") else "")


def _change(row: Row, style: Style, of_values: int | None = None) -> tuple[str, str]:
    unit, low, high = row["unit"], row.get("difference_low"), row.get("difference_high")
    if low is None or high is None or missing(low) or missing(high):
        return style.signed(row["difference"], unit, value_decimals(row, style) if of_values is None else of_values), ""
    decimals = style.decimals(unit, row["difference"], low, high)
    if of_values is not None and unit in ("ratio", "rate"):
        decimals = of_values
    bare = unit != "seconds" or is_below_a_minute(row["difference"], low, high)
    ends = " … ".join(style.signed(end, unit, decimals, bare=bare) for end in (low, high))
    return style.signed(row["difference"], unit, decimals), f" ({ends})"


def is_at_equal_length(row: Row) -> bool:
    """Whether a total's change is told as if both periods had as many days."""
    differ = row.get("base_denominator") not in (None, row.get("denominator")) and not missing(row.get("difference"))
    return is_total(row) and differ


def is_total(row: Row) -> bool:
    """Whether the value is a total over days: a count, or a sum of money, which is its own numerator."""
    return row["unit"] == "count" or (row["unit"] == "money" and row.get("numerator") == row.get("value"))


def is_hidden(row: Row) -> bool:
    """Whether the value itself is hidden, not only what it was compared with."""
    return verdict_of(row) == "hidden" and missing(row.get("value"))


def interval(row: Row, style: Style) -> str:
    """ "95% interval 5.7 – 6.1%", or nothing where there is none."""
    if missing(row.get("ci_low")) or missing(row.get("ci_high")):
        return ""
    level = style.value(row.get("conf_level") or 0.95, "share", 0)
    return f"{level} interval {style.interval(row['ci_low'], row['ci_high'], row['unit'], value_decimals(row, style))}"


def value_decimals(row: Row, style: Style) -> int:
    """Decimals for the value and both its ends."""
    value = row.get("value")
    return (
        0
        if value is None or missing(value)
        else style.decimals(row["unit"], value, row.get("ci_low"), row.get("ci_high"))
    )


def common_decimals(rows: Iterable[Row], style: Style) -> dict[str, int]:
    """By metric: decimals for its rows, which stand under one another."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["metric_id"], []).append(row)
    return {
        name: style.common_decimals(
            some[0]["unit"],
            [value_decimals(row, style) for row in some if not missing(row.get("value"))],
            [row["value"] for row in some if not missing(row.get("value"))],
        )
        for name, some in groups.items()
    }


def value(row: Row, style: Style) -> str:
    """The value by its unit; "–" if there is none."""
    return style.value(row.get("value"), row["unit"], value_decimals(row, style))


def counts(row: Row, style: Style, block: Mapping[str, Any]) -> str:
    """What the value was made of: "16,412 of 278,160 deliveries", "€703 of €11,063"."""
    top, bottom = row.get("numerator"), row.get("denominator")
    if bottom is None or missing(bottom):
        return ""
    if row["metric_id"] in block.get("amounts", ()) and top is not None and not missing(top):
        return f"{style.value(top, 'money', 0)} of {style.value(bottom, 'money', 0)}"
    noun = (block.get("nouns") or {}).get(row["metric_id"], "")
    whole = f"{style.number(bottom)} {noun}".strip()
    if top is None or missing(top) or row["unit"] == "score":
        return f"n = {whole}"
    if row["unit"] == "share":
        return f"{style.number(top)} of {whole}"
    if is_total(row):
        return f"in {whole} days"
    if row["unit"] in ("seconds", "days") and not isclose(top, (row.get("value") or 0.0) * bottom, rel_tol=1e-6):
        return f"n = {whole}"  # a median, say: no quotient of the two
    unit = row["unit"] if row["unit"] in ("money", "seconds", "days") else "count"
    return f"{style.value(top, unit, 0)} over {whole}"


def size(row: Row, style: Style, block: Mapping[str, Any]) -> str:
    """How many units a figure stands on: its denominator, for a total or a share of an amount the people in it; fewer than k where it is hidden."""
    if is_hidden(row):
        return f"< {block.get('k', 10)}"
    of_people = is_total(row) or row["unit"] == "rate" or row["metric_id"] in block.get("amounts", ())
    n = row.get("n_units") if of_people else row.get("denominator")
    return NOTHING if n is None or missing(n) else style.number(n)
