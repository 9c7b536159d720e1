"""The style sheet for blocks in JupyterLab, which has no page of ours around them; put out once, with the facts."""

import re
from functools import cache
from importlib.resources import files


@cache
def css(name: str) -> str:
    """A style sheet of the page, without line breaks."""
    return (files("cxkit.report") / "page" / f"{name}.css").read_text(encoding="utf-8").replace("\n", "")


def style_sheet() -> str:
    """The page's colours and component rules, valid inside `.cx` only; dark where JupyterLab is."""
    light, dark = re.findall(r":root\{(--.*?)(?:;color-scheme.*?)?\}", css("page"))[:2]
    colours = f".cx{{{light};color:var(--ink)}}[data-jp-theme-light=false] .cx{{{dark}}}"
    return f"<style>{colours}.cx{{font-variant-numeric:tabular-nums;max-width:60rem;{css('components')}}}</style>"
