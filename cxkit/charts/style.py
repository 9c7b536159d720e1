"""How charts look: colours that follow the page's light and dark, one type size, no titles, horizontal grid only.

Matplotlib draws with the light colours below; `svg.compact` replaces each of them by the CSS custom property of the same name, with the
light colour as the value for pages that do not define it. A colour that is not in this list cannot leave the package.
"""

from typing import Any

from markupsafe import Markup

#: Role: (light, dark). Text roles and series keep a contrast of at least 4.5 : 1 on `paper`; `heat` keeps it under `ink`.
#: Any two series differ by at least 15 in CIE Lab for normal, green-blind and red-blind eyes (Machado, Oliveira, Fernandes 2009).
COLOURS = {
    "ink": ("#1d2433", "#e6e9f0"),
    "muted": ("#5b6475", "#9aa3b5"),
    "line": ("#e3e6ec", "#2c3342"),
    "paper": ("#ffffff", "#12161f"),
    "wash": ("#f6f7fa", "#1a202c"),
    "good": ("#0b6b4f", "#5fd3a6"),
    "bad": ("#a8321e", "#ff9b85"),
    "wait": ("#8a5a00", "#ffc46b"),
    "heat": ("#6793d8", "#2c5aa0"),
    "series-1": ("#2456a6", "#7fb0ff"),
    "series-2": ("#b45610", "#e59f38"),
    "series-3": ("#177e72", "#53ce9d"),
    "series-4": ("#721262", "#dc89be"),
    "series-5": ("#4c4401", "#eade78"),
    "series-6": ("#0e7694", "#89d0f0"),
}

INK, MUTED, LINE, PAPER, WASH, GOOD, BAD, WAIT, HEAT, *SERIES = (light for light, _ in COLOURS.values())
DASHED = (0, (4, 3))
VERDICTS = {"good": GOOD, "bad": BAD, "moved": SERIES[0], "wait": WAIT}  # by the kind that `judge` gives

#: px in the SVG; the wide drawing grows by up to a fifth on a large screen, the narrow one is shown as it is.
FONT_SIZE = 12.0
FONT_STACK = Markup("system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif")


def _variables(names: list[str], dark: bool) -> str:
    return "".join(f"--{name}:{COLOURS[name][dark]};" for name in names)


_OWN = [name for name in COLOURS if name == "heat" or name.startswith("series-")]

#: Rules for a page that shows figures: the series colours, and one drawing of the two by the width there is.
CSS = (
    f":root{{{_variables(_OWN, False)}}}"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(_OWN, True)}}}}}"
    "@media print{.cx-figure{break-inside:avoid}}"
)

FIGURE_CSS = (
    ".cx-figure{margin:0;container-type:inline-size}"
    ".cx-figure svg{display:block;width:100%;height:auto;font-family:inherit}"
    ".cx-figure svg.cx-narrow{display:none}"
    "@container (max-width:32rem){.cx-figure svg.cx-wide{display:none}.cx-figure svg.cx-narrow{display:block;max-width:26rem}}"
    ".cx-figure .cx-scroll{overflow-x:auto}"
)
CSS += FIGURE_CSS

#: In JupyterLab nobody defines the page's colours: light falls back to the values in the SVG, dark is set here.
LAB_CSS = (
    FIGURE_CSS
    + ".cx-figure{background:var(--paper,#fff);color:var(--ink,#1d2433);max-width:54rem}"
    + f"[data-jp-theme-light=false] .cx-figure{{{_variables(list(COLOURS), True)}}}"
)


def rc() -> dict[str, Any]:
    """Matplotlib settings of every chart, on top of seaborn's `white` style."""
    import seaborn as sns
    from matplotlib.rcsetup import cycler

    return {
        **sns.axes_style("white"),
        "font.family": ["DejaVu Sans"],  # only measured with: it comes with matplotlib and is wider than what pages use
        "font.size": FONT_SIZE,
        "text.color": INK,
        "text.parse_math": False,  # "$5 to $10" is money
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "axes.edgecolor": LINE,
        "axes.linewidth": 1.0,
        "axes.labelcolor": MUTED,
        "axes.labelsize": FONT_SIZE,
        "axes.spines.left": False,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "axes.prop_cycle": cycler(color=SERIES),
        "grid.color": LINE,
        "grid.linewidth": 1.0,
        "xtick.color": LINE,
        "ytick.color": LINE,
        "xtick.labelcolor": MUTED,
        "ytick.labelcolor": MUTED,
        "xtick.labelsize": FONT_SIZE,
        "ytick.labelsize": FONT_SIZE,
        "xtick.bottom": False,
        "ytick.left": False,
        "lines.linewidth": 2.0,
        "lines.solid_capstyle": "round",
        "patch.linewidth": 0.0,
        "patch.edgecolor": "none",
        "svg.fonttype": "none",
        "svg.hashsalt": "cxkit",
        "path.simplify": False,
    }
