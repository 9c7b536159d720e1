"""Style sheets: the page's, and that of blocks in JupyterLab, which has no page of ours around them. Colours are the charts'."""

from functools import cache
from importlib.resources import files

from markupsafe import Markup

from cxkit.charts.style import COLOURS, FIGURE_CSS
from cxkit.markup import style_sheet


def colours(dark: bool = False) -> dict[str, str]:
    """CSS custom properties of one scheme, without their dashes."""
    chosen = {name: pair[dark] for name, pair in COLOURS.items()}
    return {**chosen, "blue": chosen["series-1"]}


@cache
def css(name: str) -> str:
    """A style sheet that ships with the page's template, without line breaks."""
    return (files("cxkit.report.wording") / f"{name}.css").read_text(encoding="utf-8").replace("\n", "")


def page_sheet(with_figures: bool, *more: str) -> Markup:
    """Everything that a page needs, `more` being sheets of its own kind; on paper it is light whatever the system is."""
    light, dark = _variables(False), _variables(True)
    schemes = (
        f":root{{{light}}}@media screen{{:root{{color-scheme:light dark}}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )
    figures = FIGURE_CSS if with_figures else ""
    return style_sheet(schemes + css("components") + figures + css("page") + "".join(map(css, more)))


def lab_sheet() -> Markup:
    """The component rules, valid inside `.cx` only; dark where JupyterLab is."""
    schemes = f".cx{{{_variables(False)}}}[data-jp-theme-light=false] .cx{{{_variables(True)}}}"
    rules = f".cx{{color:var(--ink);font-variant-numeric:tabular-nums;max-width:60rem;{css('components')}}}"
    return style_sheet(schemes + rules)


def _variables(dark: bool) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours(dark).items())
