"""All pages of a report as one HTML file: the index, then each page; links between them are links within it."""

import re
from html import unescape
from pathlib import Path

from cxkit.report.page.render import POLICY
from cxkit.report.share import Shared
from cxkit.report.wording.markup import esc, tag
from cxkit.report.wording.styles import page_sheet

# On paper each page of the report begins on a new one, numbered at its foot.
PAGES = (
    "@media print{main>section+section{break-before:page}.header{padding:0}"
    '@page{size:A4;@bottom-right{content:counter(page) " / " counter(pages);font:8pt system-ui,sans-serif;color:#5b6475}}}'
)


def write_single(shared: Shared, path: Path) -> None:
    """Write the one page."""
    names = ["index", *shared.content["notebooks"]]
    pages = {name: (shared.folder / f"{name}.html").read_text(encoding="utf-8") for name in names}
    pages["index"] = _alone(pages["index"])
    parts = [_part(name, page, names) for name, page in pages.items()]
    foot = re.search(r"(?s)<footer>.*?</footer>", pages["index"])
    title = esc(_title(pages["index"]))
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{title}</title><meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{page_sheet(True, "index")}{PAGES}</style></head>'
        '<body><a class="skip" href="#index">Skip to the report</a><main>'
    )
    path.write_text(
        head + "".join(parts) + "</main>" + (foot[0] if foot else "") + "</body></html>\n", encoding="utf-8"
    )


def _alone(index: str) -> str:
    """The index without what is not in the one file: the folder's other files, other reports."""
    index = re.sub(r'(?s)<h2 id="files">.*?(?=</main>)', "", index)
    index = re.sub(r'<li><a href="#files">.*?</li>', "", index)
    return re.sub(r'(?s)<p class="crumbs">.*?</p>', "", index, count=1)


def _title(page: str) -> str:
    found = re.search(r"(?s)<title>(.*?)</title>", page)
    return unescape(found[1]) if found else ""


def _part(name: str, page: str, names: list[str]) -> str:
    """One page's header, contents and main part, its anchors made its own."""
    found = re.search(r"(?s)(<header>.*?</header>).*?(<div class=\"layout\">.*)</main></div>", page)
    if not found:
        return ""
    header, body = found[1], found[2] + "</div></div>"
    label = _title(page).partition(" · ")[0]
    body = body.replace('<main id="main">', '<div class="main">').replace(
        'aria-label="Contents"', f'aria-label="Contents: {esc(label)}"'
    )
    header = header.replace("<header>", '<div class="header">').replace("</header>", "</div>")
    way_up = re.search(r'(?s)<p class="crumbs">.*?</p>', header)  # stands at the end as well
    back = tag("div", way_up[0], class_="layout") if way_up else ""
    return tag("section", _anchored(header + body + back, name, names), id=name, aria_label=label)


def _anchored(html: str, name: str, names: list[str]) -> str:
    """Ids and what points at them get the page's name; links to files that are not inside become plain text."""
    html = re.sub(r'(\s(?:id|for|aria-labelledby|aria-describedby)=")([^"]+)"', rf'\1{name}--\2"', html)
    html = re.sub(r'(\s(?:xlink:)?href="#)([^"]+)"', rf'\1{name}--\2"', html)
    html = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}--\1)", html)
    for other in names:
        html = html.replace(f'href="{other}.html"', f'href="#{other}"')
    return re.sub(r'(?s)<a href="(?!#|https?:|mailto:)[^"]*">(.*?)</a>', r"\1", html)
