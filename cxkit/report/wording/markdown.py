"""Prose cells as HTML: headings with anchors of their own, pictures inside the file or not at all, no active links."""

import base64
import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mistune
from markupsafe import Markup

from cxkit.markup import element, words_of


class Prose(mistune.HTMLRenderer):
    """Renders the markdown of one page and collects its headings.

    Attributes
    ----------
    contents : list of (anchor, text)
        Second-level headings in order. Two that read alike get numbered anchors.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(escape=True, allow_harmful_protocols=False)
        self.contents: list[tuple[str, str]] = []
        self.attachments: Mapping[str, Any] = {}
        self._folder = folder
        self._anchors = {"main": 1}
        self._markdown = mistune.create_markdown(renderer=self, plugins=["table", "strikethrough", "footnotes"])

    def html(self, source: str, attachments: Mapping[str, Any] | None = None) -> Markup:
        """One cell's markdown as HTML; raw HTML in it is shown as text."""
        self.attachments = attachments or {}
        return Markup(self._markdown(source))

    def heading(self, text: str, level: int, **attrs: Any) -> Markup:
        html = Markup(text)
        plain = words_of(html)
        anchor = self._anchor(plain)
        if level == 2:
            self.contents.append((anchor, plain))
        return element(f"h{level}", html, id=anchor) + "\n"

    def image(self, text: str, url: str, title: str | None = None) -> Markup:
        source = self._embedded(url)
        alt = words_of(Markup(text))
        if not source:
            return element("em", f"[picture not in this file: {alt}]")
        return Markup('<img src="{}" alt="{}">').format(source, alt)

    def _embedded(self, url: str) -> str:
        """The picture as a data address, empty if it lies outside the notebook and its folder."""
        if re.match(r"data:image/(png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=]+$", url):
            return url
        if url.startswith("attachment:"):
            kinds = self.attachments.get(url.removeprefix("attachment:"), {})
            return next((f"data:{kind};base64,{data.strip()}" for kind, data in kinds.items()), "")
        kind = mimetypes.guess_type(url)[0] or ""
        if self._folder is None or ":" in url or not kind.startswith("image/"):
            return ""
        path = (self._folder / url).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            return ""
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"

    def _anchor(self, text: str) -> str:
        anchor = re.sub(r"[^\w]+", "-", text.lower()).strip("-") or "section"
        if anchor.startswith("d-"):  # kept for definitions
            anchor = f"s-{anchor}"
        self._anchors[anchor] = self._anchors.get(anchor, 0) + 1
        return anchor if self._anchors[anchor] == 1 else f"{anchor}-{self._anchors[anchor]}"
