"""Outputs that are no blocks: an analyst's own frames, prints and pictures. Shown if they can be made inert, refused if not."""

import base64
import re
from collections.abc import Mapping
from typing import Any

import bleach
from markupsafe import Markup

from cxkit.markup import element, whole

TAGS = frozenset([
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "div", "dl", "dt", "em",
    "figcaption", "figure", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
])  # fmt: skip
ATTRIBUTES = {
    "*": ["class", "title"],
    "a": ["href"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
_ACTIVE = re.compile(r"javascript|widget|plotly|vega|bokeh|holoviews|mermaid", re.IGNORECASE)
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Refused(Exception):
    """An output that a page without scripts cannot show, or a picture without words."""


def foreign(output: Mapping[str, Any], cell_metadata: Mapping[str, Any]) -> Markup:
    """HTML of an output that is no block.

    Raises
    ------
    Refused
        Scripts, widgets, interactive charts; a picture without a text alternative.
    """
    if output["output_type"] == "stream":
        return _stream(output)
    if output["output_type"] == "error":
        text = _ANSI.sub("", "\n".join(output.get("traceback", [])))
        return element("details", element("summary", "What Python said"), element("pre", whole(text), tabindex="0"))
    data = output.get("data", {})
    if active := next((kind for kind in data if _ACTIVE.search(kind)), None):
        raise Refused(
            f"{active} needs a script, and a report has none. Draw it with cx.charts, or tag the cell `remove-cell`."
        )
    for kind in PICTURES:
        if kind in data:
            return _picture(kind, data[kind], output, cell_metadata)
    if "text/html" in data:
        return _html(data["text/html"])
    text = data.get("text/markdown") or data.get("text/latex") or data.get("text/plain", "")
    return element("pre", whole(text), tabindex="0") if text else Markup("")


def _stream(output: Mapping[str, Any]) -> Markup:
    said = element("pre", whole(_ANSI.sub("", output["text"])), tabindex="0")
    return said if output["name"] == "stdout" else element("details", element("summary", "Messages"), said)


def _picture(kind: str, data: str, output: Mapping[str, Any], cell_metadata: Mapping[str, Any]) -> Markup:
    alt = output.get("metadata", {}).get(kind, {}).get("alt") or cell_metadata.get("alt")
    if not alt:
        raise Refused(
            "a picture without a text alternative. Use cx.charts, or display(figure, metadata={'image/png': {'alt': …}})."
        )
    encoded = (
        base64.b64encode(data.encode()).decode() if kind == "image/svg+xml" else re.sub(r"[^A-Za-z0-9+/=]", "", data)
    )
    return element("figure", Markup('<img src="data:{};base64,{}" alt="{}">').format(kind, encoded, whole(alt)))


def _html(source: str) -> Markup:
    """Tables and text of other libraries, without style, script, picture or address that acts."""
    if re.search(r"(?i)<script\b", source):
        raise Refused("HTML with a script, and a report has none. Show a table or a chart of cx.charts instead.")
    source = re.sub(r"(?is)<style\b.*?</style>", "", source)
    clean = bleach.clean(source, tags=TAGS, attributes=ATTRIBUTES, protocols=["https", "http", "mailto"], strip=True)
    return element("div", Markup(clean), class_="scroll", role="group", aria_label="Output", tabindex="0")
