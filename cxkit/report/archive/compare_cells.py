"""Two runs of a cell, compared block by block: which metric moved, from what to what, and by how much it may."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxkit.blocks import MIME
from cxkit.exactness import same
from cxkit.measurement.family import key
from cxkit.report.wording import words
from cxkit.report.wording.context import rows_of

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Moved:
    """Something that is not what it was.

    `cell` is its number in the notebook, from 1; `what` is a metric with its column, a figure or a text; `before` and `now`
    are what was archived and what came out; `rtol` is the tolerance that it goes beyond, 0 for an exact figure.
    """

    cell: int
    what: str
    before: Any
    now: Any
    rtol: float = 0.0

    def __str__(self) -> str:
        return f"{self.what}: {_said(self.before)} archived, {_said(self.now)} now"

    @property
    def columns(self) -> list[str]:
        """Its line in a table: cell, figure, archived, now, difference, kind."""
        change = difference(self.before, self.now)
        kind = f"fitted, beyond {self.rtol:g}" if self.rtol else "exact"
        return [str(self.cell), self.what, _said(self.before), _said(self.now), change, kind]


def difference(before: Any, now: Any) -> str:
    """Now less before, signed; nothing unless both are numbers."""
    if not (_is_number(before) and _is_number(now)):
        return ""
    return f"{now - before:+.6g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def compare_cell(cell: int, before: Sequence[Json], now: Sequence[Json], rtol: float = 0.0) -> list[Moved]:
    """What moved between two lists of a cell's outputs (nbformat).

    Exact figures must be equal; fitted ones may differ by the tolerance that both runs state. `rtol` lets more pass, for both.
    """
    old, new = _blocks(before), _blocks(now)
    if [block["block"] for block in old] != [block["block"] for block in new]:
        kinds = [", ".join(block["block"] for block in found) or "no blocks" for found in (old, new)]
        return [Moved(cell, "what the cell shows", kinds[0], kinds[1])]
    moved = [item for one, other in zip(old, new, strict=True) for item in _compare_blocks(cell, one, other, rtol)]
    return moved or ([] if old else _compare_texts(cell, before, now))


def tolerances(block: Json) -> dict[str, float]:
    """Of a block's fitted figures, by metric; of a block that is fitted whole, under the empty name. Empty for exact ones."""
    stated = block.get("fitted") or {}
    return dict(stated) if isinstance(stated, Mapping) else {"": float(stated)}


def within_tolerance(before: Sequence[Json], now: Sequence[Json], rtol: float = 0.0) -> bool:
    """Whether outputs differ for no other reason than fitted numbers within their tolerance: in these blocks, and in the words made of them."""
    differ = False
    for one, other in zip(before, now, strict=True):
        block = one.get("data", {}).get(MIME, {})
        within = max([rtol, *tolerances(block).values()])
        differ = differ or (bool(within) and block != other.get("data", {}).get(MIME))
        if not same(_text(one), _text(other), within):
            return False
    return differ


def numbers(notebook: Json) -> tuple[int, int]:
    """How many exact and how many fitted numbers the blocks of an executed notebook hold."""
    exact = fitted = 0
    for cell in notebook["cells"]:
        for block in _blocks(cell.get("outputs", [])):
            stated = tolerances(block)
            rows = block.get("rows", [])
            if measured := block.get("measurements"):
                name = measured["columns"].index("metric_id") if measured["rows"] else 0
                part = sum(_count(row) for row in measured["rows"] if row[name] in stated)
                fitted += part
                exact += sum(map(_count, measured["rows"])) - part
            elif "" in stated:
                fitted += sum(map(_count, rows))
            else:
                exact += sum(map(_count, rows))
    return exact, fitted


def _count(row: Sequence[Any]) -> int:
    return sum(map(_is_number, row))


def _blocks(outputs: Sequence[Json]) -> list[Json]:
    return [output["data"][MIME] for output in outputs if MIME in output.get("data", {})]


def _compare_blocks(cell: int, before: Json, now: Json, rtol: float) -> Iterator[Moved]:
    archived, stated = tolerances(before), tolerances(now)  # an archive does not say how far it may be wrong
    allowed = {name: max(rtol, min(archived[name], stated[name])) for name in archived if name in stated}
    if "measurements" in before and "measurements" in now:
        yield from _compare_rows(cell, before, now, allowed, rtol)
        before, now = (
            {name: part for name, part in block.items() if name != "measurements"} for block in (before, now)
        )
    name = str(before.get("caption") or before["block"])
    yield from _compare_values(cell, name, before, now, allowed.get("", rtol), allowed)


def _compare_rows(cell: int, before: Json, now: Json, allowed: Mapping[str, float], rtol: float) -> Iterator[Moved]:
    # Without the version of the definition, the last part of the key: a changed method is said, not a figure gone.
    old, new = ({key(row)[:-1]: row for row in rows_of(block["measurements"])} for block in (before, now))
    for name, row in old.items():
        if name not in new:
            yield Moved(cell, words.label(row), row.get("value"), None)
            continue
        changed = row.get("definition_version") != new[name].get("definition_version")
        if changed:
            yield Moved(cell, f"{words.label(row)}, method changed", row.get("value"), new[name].get("value"))
        within = allowed.get(row["metric_id"], rtol)
        for column in () if changed else row:
            if not same(row[column], new[name].get(column), within):
                yield Moved(cell, f"{words.label(row)}, {column}", row[column], new[name].get(column), within)
    for name, row in new.items():
        if name not in old:
            yield Moved(cell, words.label(row), None, row.get("value"))


def _compare_values(
    cell: int, name: str, before: Any, now: Any, rtol: float, allowed: Mapping[str, float]
) -> Iterator[Moved]:
    """Walk two JSON values side by side; what stands under a metric's name has its tolerance."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for part in dict.fromkeys([*before, *now]):
            inner = name if part in ("rows", "columns") else f"{name}, {part}"
            yield from _compare_values(cell, inner, before.get(part), now.get(part), allowed.get(part, rtol), allowed)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, (one, other) in enumerate(zip(before, now, strict=True), start=1):
            inner = (
                f"{name}, {one[0]}"
                if isinstance(one, list) and one and isinstance(one[0], str)
                else f"{name}, {number}"
            )
            yield from _compare_values(
                cell, inner if isinstance(one, (list, Mapping)) else name, one, other, rtol, allowed
            )
    elif isinstance(before, list) and isinstance(now, list):
        yield Moved(cell, f"{name}, rows", len(before), len(now))
    elif not same(before, now, rtol):
        yield Moved(cell, name, before, now, rtol)


def _compare_texts(cell: int, before: Sequence[Json], now: Sequence[Json]) -> list[Moved]:
    """Outputs that are no blocks: the first line that differs."""
    old, new = ("\n".join(map(_text, outputs)).splitlines() for outputs in (before, now))
    for number in range(max(len(old), len(new))):
        one, other = (lines[number] if number < len(lines) else None for lines in (old, new))
        if one != other:
            return [Moved(cell, f"line {number + 1} of its output", one, other)]
    return []


def _text(output: Json) -> str:
    if output.get("output_type") == "stream":
        return str(output.get("text", ""))
    if output.get("output_type") == "error":
        return f"{output.get('ename')}: {output.get('evalue')}"
    return str(output.get("data", {}).get("text/plain", ""))
