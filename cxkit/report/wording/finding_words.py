"""What changed, in sentences: the surest and largest changes first, then what else was looked at."""

from collections.abc import Iterable, Sequence

from cxkit.report.wording.format import Style
from cxkit.report.wording.words import (
    Row,
    change,
    is_at_equal_length,
    is_unfinished,
    label,
    value,
    value_decimals,
    verdict,
)


def rank(rows: Iterable[Row]) -> list[Row]:
    """Whole figures before segments; among them those first that changed most for certain.

    That is measured by the end of the interval nearest to no change, relative to the base.
    """

    def certain_effect(row: Row) -> float:
        low, high, base = row.get("difference_low"), row.get("difference_high"), row.get("base_value")
        if low is None or high is None or not base:
            return 0.0
        return max(low, -high, 0.0) / abs(base)

    return sorted(
        rows,
        key=lambda row: (bool(row.get("segment")), -certain_effect(row), row["metric_id"], row.get("segment") or ""),
    )


def findings(
    rows: Sequence[Row], style: Style, base_name: str, most: int = 8, aimed: Sequence[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """Every change beyond noise as (lead, rest), the surest and largest first; then `aimed`, sentences about targets, and what else was looked at.

    "Nothing changed" is a finding too, and so is "can't tell".
    """
    lines = moved(rows, style, base_name)
    more = len(lines) - most
    if more > 0:
        where = "It stands in the tables." if more == 1 else "They stand in the tables."
        lines[most:] = [(f"{more} more changed beyond noise.", where)]
    return [*lines, *aimed, *still(rows, base_name)]


def moved(rows: Sequence[Row], style: Style, base_name: str) -> list[tuple[str, str]]:
    """A sentence for each change beyond noise, the surest and largest first."""
    return [
        sentence(row, style, base_name) for row in rank(row for row in rows if row.get("verdict") in ("up", "down"))
    ]


def sentence(row: Row, style: Style, base_name: str) -> tuple[str, str]:
    """One finding: a lead that can be repeated, and what carries it."""
    verb = "rose" if row["verdict"] == "up" else "fell"
    decimals = value_decimals(row, style)
    before, now = style.value(row.get("base_value"), row["unit"], decimals), value(row, style)
    if is_at_equal_length(row):
        before, now = (
            f"{said} in {style.number(row[days])} days"
            for said, days in ((before, "base_denominator"), (now, "denominator"))
        )
    lead = f"{label(row)} {verb} from {before} to {now}{' so far' if is_unfinished(row) else ''}."
    judgement = {"good": "Better", "bad": "Worse"}.get(verdict(row).kind, "Changed")
    return lead, f"{judgement}: {change(row, style, base_name)}."


def tone(rest: str) -> str:
    """What a finding of `findings` judges: "good", "bad", "moved" where neither is better; nothing where there is no verdict."""
    return {"Better": "good", "Worse": "bad", "Changed": "moved"}.get(rest.split(":")[0], "")


def still(rows: Sequence[Row], base_name: str) -> list[tuple[str, str]]:
    """What else was looked at: no change, can't tell, not finished, hidden, off."""
    verdicts = [row["verdict"] for row in rows if row.get("verdict")]
    moved = any(one in ("up", "down") for one in verdicts)
    number = verdicts.count("no change")
    lines, rest = [], []
    if number and not moved:
        so_far = " so far" if any(map(is_unfinished, rows)) else ""
        lines.append((f"Nothing changed beyond noise{so_far}.", f"{_figures(number)} compared with {base_name}."))
    elif number:
        rest.append(f"{_figures(number, ' further')} {'shows' if number == 1 else 'show'} no change beyond noise")
    for silent, (one, several) in _SILENT.items():
        if number := verdicts.count(silent):
            rest.append(f"{number if rest else _figures(number)} {one if number == 1 else several}")
    return lines + ([("", "; ".join(rest) + ".")] if rest else [])


_SILENT = {
    "can't tell": ("is too small to tell", "are too small to tell"),
    "not finished": ("is not finished yet", "are not finished yet"),
    "hidden": ("is hidden to protect small groups", "are hidden to protect small groups"),
    "off": ("could not be measured with these data", "could not be measured with these data"),
}


def _figures(number: int, kind: str = "") -> str:
    return f"{number:,}{kind} {'figure' if number == 1 else 'figures'}"
