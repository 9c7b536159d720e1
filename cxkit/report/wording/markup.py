"""HTML written by hand: text made inert, elements, and what must not be torn apart at a line's end."""

import re
from html import escape

from cxkit.charts.text import shortened
from cxkit.report.wording.files import BIDI
from cxkit.report.wording.format import MINUS


def esc(value: object) -> str:
    """Text from data, inert, also as an attribute; words that no line has room for are cut."""
    return _as_html(readable(value))


def readable(value: object) -> str:
    """Text from data as a person can read it: marks that turn the direction of what follows are shown as unknown characters."""
    return shortened(str(value).translate(BIDI))


def inert(text: str) -> str:
    """Any text as HTML, whole."""
    return _as_html(text.translate(BIDI))


def _as_html(text: str) -> str:
    return escape(text, quote=False).replace('"', "&quot;")


def tag(name: str, content: str, **attributes: str) -> str:
    """One element; `class_` and `data_label` become `class` and `data-label`."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{inert(value)}"' for key, value in attributes.items() if value
    )
    return f"<{name}{said}>{content}</{name}>"


def reachable(figure: str) -> str:
    """A figure whose numbers, where they are wider than the page, can be scrolled by keyboard."""
    return figure.replace(
        '<div class="cx-scroll">', '<div class="cx-scroll" tabindex="0" role="group" aria-label="Numbers">'
    )


def unbroken(text: str) -> str:
    """Keep both ends of a range, a number and its unit, and the parts of a time on one line; a range of such times breaks between its ends."""
    is_of_times = bool(re.search(r"\d (?:h|min) \d", text))
    text = re.sub(r" ([–…]) ", "\u00a0\\1 " if is_of_times else "\u00a0\\1\u2060\u00a0", text)
    text = re.sub(rf"([{MINUS}+])(?=\S)", "\\1\u2060", text)
    text = re.sub(r"(?<=\b\w)-(?=\w)", "-\u2060", text)  # e-mail
    text = re.sub(r"(?<= h|in) (?=\d+ (?:min|s)\b)", "\u00a0", text)  # 5 h 31 min, 1 min 06 s
    return re.sub(r"(?<=\d) (?=(?:s|min|h|days?|points)\b)|(?<=n) (?==)|(?<==) ", "\u00a0", text)


def without_tags(html: str) -> str:
    text, inside = [], False
    for character in html:
        inside = character == "<" or (inside and character != ">")
        if not inside and character != ">":
            text.append(character)
    return "".join(text)
