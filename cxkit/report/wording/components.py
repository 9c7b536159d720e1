"""Blocks as HTML: a block's JSON becomes semantic markup, for JupyterLab and for the report page alike.

Everything that may come from data is escaped by `element`. No ids but the anchors of definitions, no script, no style attributes.
"""

from collections.abc import Callable

from markupsafe import Markup

from cxkit.report.wording import about, cards, finding_list, tables
from cxkit.report.wording.context import Context, Json


def render(block: Json, context: Context | None = None) -> Markup:
    """HTML of one block.

    Raises
    ------
    KeyError
        A kind of block that has no component.
    """
    return _COMPONENTS[block["block"]](block, context or Context())


_COMPONENTS: dict[str, Callable[[Json, Context], Markup]] = {
    "headline": cards.headline,
    "findings": finding_list.findings,
    "table": tables.table,
    "breakdown": tables.breakdown,
    "facts": about.facts,
    "quality": about.quality,
    "note": about.note,
    "definitions": about.definitions,
}
