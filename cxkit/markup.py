"""HTML and SVG as a type: what is `Markup` is markup, and any other text is made inert where it comes in."""

import re
from collections.abc import Iterable
from html import unescape

from markupsafe import Markup, escape

# Embeddings, overrides and isolates: they let a name change how the text after it reads.
BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\N{REPLACEMENT CHARACTER}")
_LONG_WORD = re.compile(r"([!-~¡-߿]{80})[!-~¡-߿]{40,}")


def element(name: str, /, *children: object, **attributes: object) -> Markup:
    """One element around its children; attributes without a value are left out, `class_` and `data_label` become `class` and `data-label`.

    Examples
    --------
    >>> print(element("p", "1 < 2, ", element("b", "R&D"), class_="n", id=""))
    <p class="n">1 &lt; 2, <b>R&amp;D</b></p>
    """
    said = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), whole(value))
        for key, value in attributes.items()
        if value
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, said, joined(children))


def joined(parts: Iterable[object], between: Markup = Markup("")) -> Markup:
    """Parts one after the other, each as `text` gives it."""
    return between.join(map(text, parts))


def text(value: object) -> Markup:
    """Markup as it is; anything else as inert text that a person can read: words that no line has room for are cut."""
    return value if isinstance(value, Markup) else whole(shortened(str(value)))


def whole(value: object) -> Markup:
    """Markup as it is; anything else as inert text, uncut. Marks that turn the direction of what follows are shown as unknown characters."""
    return value if isinstance(value, Markup) else escape(str(value).translate(BIDI))


def shortened(text: str) -> str:
    """Words too long for any line, such as a key or a paste that landed in a name, cut to where they are still told apart.

    Scripts that write without blanks are left alone.

    Examples
    --------
    >>> shortened("short " + "x" * 10_000) == "short " + "x" * 80 + "…"
    True
    """
    return _LONG_WORD.sub(r"\1…", text)


def words_of(html: str) -> str:
    """What is read of a piece of markup; a plain text is read as it is.

    Examples
    --------
    >>> words_of(Markup("<b>R&amp;D</b> first")), words_of("1 < 2 > 0")
    ('R&D first', '1 < 2 > 0')
    """
    return unescape(re.sub(r"<[^>]*>", "", html)) if isinstance(html, Markup) else html


def style_sheet(rules: str) -> Markup:
    """The element of a style sheet: rules of the kit's own, in which no text from data may stand."""
    return Markup("<style>{}</style>").format(Markup(rules))
