"""What changed, as a list of sentences."""

from collections.abc import Sequence

from markupsafe import Markup

from cxkit.markup import element, joined
from cxkit.report.wording import finding_words, targets
from cxkit.report.wording.context import Context, Json, rows_of
from cxkit.report.wording.format import unbroken

FIRST_FINDINGS = 5  # in sight; the others stand in a fold


def findings(block: Json, context: Context) -> Markup:
    """What changed, surest and largest first, one sentence each."""
    raw = context.rows if context.rows is not None else rows_of(block["measurements"])
    rows = [context.decide(row) for row in raw]
    base_name = block.get("base_name", "")
    aimed = targets.sentences(rows, block.get("targets") or {}, context.style)
    return finding_list(
        finding_words.moved(rows, context.style, base_name), [*aimed, *finding_words.still(rows, base_name)]
    )


def finding_list(moved: Sequence[tuple[str, str]], still: Sequence[tuple[str, str]]) -> Markup:
    """Findings as a list: of the changes the first few in sight and the others in a fold, then the rest; nothing if there are none."""
    first, more = _items(moved[:FIRST_FINDINGS]), _items(moved[FIRST_FINDINGS:])
    if more:
        number = len(moved) - FIRST_FINDINGS
        summary = element("summary", f"{number} more changed beyond noise")
        first += element("li", element("details", summary, element("ul", more, class_="findings")))
    items = first + _items(still)
    return element("ul", items, class_="findings") if items else Markup("")


def _items(lines: Sequence[tuple[str, str]]) -> Markup:
    return joined(
        element(
            "li", *([element("strong", lead), " "] if lead else []), unbroken(rest), class_=finding_words.tone(rest)
        )
        for lead, rest in lines
    )
