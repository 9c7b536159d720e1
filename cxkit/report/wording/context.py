"""What the renderers of blocks need beside the block: locale, the report's verdicts, definitions to link to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cxkit.report.wording.format import Style
from cxkit.report.wording.words import Row

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """What a block does not know by itself.

    Attributes
    ----------
    style : Style
        Locale and currency.
    decide : callable
        Gives a measured row its verdict; on a page, that of the whole report's family.
    terms : frozenset of str
        Metric ids with a definition on the same page; only these become links.
    rows : sequence of rows, optional
        All that the page measured; findings are made from these rather than from what was known when the cell ran.
    """

    style: Style = field(default_factory=Style)
    decide: Callable[[Row], Row] = dict
    terms: frozenset[str] = frozenset()
    rows: Sequence[Row] | None = None


def rows_of(measurements: Json) -> list[dict[str, Any]]:
    """The rows of a measurement frame that stands in a block's JSON."""
    return [dict(zip(measurements["columns"], row, strict=True)) for row in measurements["rows"]]
