"""All pages of a report as one HTML file: the index, then each page; links between them are links within it."""

import re
from pathlib import Path

from markupsafe import Markup

from cxkit.markup import element, joined, style_sheet, words_of
from cxkit.report.page.render import POLICY
from cxkit.report.share import Shared
from cxkit.report.wording.styles import page_sheet

# On paper each page of the report begins on a new one, numbered at its foot.
ON_PAPER = (
    "@media print{main>section+section{break-before:page}.header{padding:0}"
    '@page{size:A4;@bottom-right{content:counter(page) " / " counter(pages);font:8pt system-ui,sans-serif;color:#5b6475}}}'
)
PAGE = Markup(
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    '<title>{title}</title><meta http-equiv="Content-Security-Policy" content="{policy}">{styles}</head>'
    '<body><a class="skip" href="#index">Skip to the report</a><main>{parts}</main>{foot}</body></html>\n'
)


def write_single(shared: Shared, path: Path) -> None:
    """Write the one page."""
    names = ["index", *shared.content["notebooks"]]
    pages = {name: (shared.folder / f"{name}.html").read_text(encoding="utf-8") for name in names}
    pages["index"] = _alone(pages["index"])
    foot = re.search(r"(?s)<footer>.*?</footer>", pages["index"])
    whole = PAGE.format(
        title=_title(pages["index"]),
        policy=POLICY,
        styles=page_sheet(True, "index") + style_sheet(ON_PAPER),
        parts=joined(_part(name, page, names) for name, page in pages.items()),
        foot=Markup(foot[0]) if foot else "",
    )
    path.write_text(whole, encoding="utf-8")


def _alone(index: str) -> str:
    """The index without what is not in the one file: the folder's other files, other reports."""
    index = re.sub(r'(?s)<h2 id="files">.*?(?=</main>)', "", index)
    index = re.sub(r'<li><a href="#files">.*?</li>', "", index)
    return re.sub(r'(?s)<p class="crumbs">.*?</p>', "", index, count=1)


def _title(page: str) -> str:
    found = re.search(r"(?s)<title>(.*?)</title>", page)
    return words_of(Markup(found[1])) if found else ""


def _part(name: str, page: str, names: list[str]) -> Markup:
    """One page's header, contents and main part, its anchors made its own."""
    header = re.search(r"(?s)<header>(.*?)</header>", page)
    contents = re.search(r'(?s)<div class="layout">(.*)<main id="main">(.*)</main></div>', page)
    if not header or not contents:
        return Markup("")
    label = _title(page).partition(" · ")[0]
    way_up = re.search(r'(?s)<p class="crumbs">.*?</p>', header[1])  # stands at the end as well
    top, listed, body, back = (
        Markup(_anchored(part, name, names)) for part in (header[1], *contents.groups(), way_up[0] if way_up else "")
    )
    listed = listed.replace('aria-label="Contents"', Markup('aria-label="Contents: {}"').format(label))
    return element(
        "section",
        element("div", top, class_="header"),
        element("div", listed, element("div", body, class_="main"), class_="layout"),
        element("div", back, class_="layout") if back else "",
        id=name,
        aria_label=label,
    )


def _anchored(html: str, name: str, names: list[str]) -> str:
    """Ids and what points at them get the page's name; links to files that are not inside become plain text."""
    html = re.sub(r'(\s(?:id|for|aria-labelledby|aria-describedby)=")([^"]+)"', rf'\1{name}--\2"', html)
    html = re.sub(r'(\s(?:xlink:)?href="#)([^"]+)"', rf'\1{name}--\2"', html)
    html = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}--\1)", html)
    for other in names:
        html = html.replace(f'href="{other}.html"', f'href="#{other}"')
    return re.sub(r'(?s)<a href="(?!#|https?:|mailto:)[^"]*">(.*?)</a>', r"\1", html)
