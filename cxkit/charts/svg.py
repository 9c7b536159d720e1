"""From matplotlib's SVG to a small one that follows the page: no ids, no metadata, colours as CSS variables, short paths."""

import re
from itertools import groupby
from typing import NamedTuple
from xml.etree import ElementTree as ET

from markupsafe import Markup

from cxkit.charts.style import COLOURS, FONT_SIZE, FONT_STACK
from cxkit.markup import joined

_VARIABLE = {light: f"var(--{name},{light})" for name, (light, _) in COLOURS.items()}
_HREF = "{http://www.w3.org/1999/xlink}href"
# What SVG assumes anyway, or what the root element says once for all.
_DEFAULTS = {
    "stroke-dashoffset": "0",
    "stroke-linejoin": "round",
    "stroke-linecap": "butt",
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "opacity": "1",
    "font-size": f"{FONT_SIZE:g}px",
    "text-anchor": "start",
    "stroke-width": "1",
}


def compact(drawn: str, *, css_class: str, label: str) -> Markup:
    """One element `<svg>` without ids, fit for a place inside HTML and for a file of its own.

    Parameters
    ----------
    drawn
        What matplotlib wrote with `svg.fonttype: none`.
    css_class
        `cx-wide` or `cx-narrow`.
    label
        Text alternative, put into `aria-label`.

    Raises
    ------
    ValueError
        When a colour was drawn that `style.COLOURS` does not hold: it would not follow dark mode.
    """
    root = ET.fromstring(drawn)
    shapes = {e.get("id"): e for e in root.iter() if _name(e) == "path" and e.get("id")}
    body = Markup("").join(_group(_elements(root, shapes)))
    _, _, width, height = root.attrib["viewBox"].split()
    box = f"0 0 {_short(float(width))} {_short(float(height))}"
    return Markup(
        '<svg class="{}" viewBox="{}" role="img" aria-label="{}" font-family="{}" font-size="{:g}" stroke-linejoin="round">{}</svg>'
    ).format(css_class, box, _one_line(label), FONT_STACK, FONT_SIZE, body)


def standalone(svg: Markup) -> Markup:
    """The same drawing as a file: with the namespace that HTML does not need."""
    return svg.replace("<svg ", Markup('<svg xmlns="http://www.w3.org/2000/svg" '), 1)


class _Shape(NamedTuple):
    """One thing drawn: a `path` as its `d` alone, anything else as an element without its end, between which its style goes."""

    kind: str
    content: str
    style: str
    end: Markup = Markup("/>")


def _elements(parent: ET.Element, shapes: dict[str | None, ET.Element]) -> list[_Shape]:
    out: list[_Shape] = []
    for e in parent:
        name = _name(e)
        if name in ("metadata", "style", "defs", "clipPath"):
            continue
        if name == "g":
            inner = _elements(e, shapes)
            # Cells of a heatmap never overlap: by shade, each shade becomes one path.
            out += sorted(inner, key=lambda one: one.style) if (e.get("id") or "").startswith("QuadMesh") else inner
        elif name == "path":
            out += _path(e.get("d", ""), _style(e), 0.0, 0.0)
        elif name == "use":
            shape = shapes[e.attrib[_HREF][1:]]
            out += _path(shape.get("d", ""), _style(shape) | _style(e), float(e.get("x", 0)), float(e.get("y", 0)))
        elif name == "text":
            out += _text(e)
        else:
            raise ValueError(f"matplotlib drew a `{name}`, which charts do not use")
    return out


def _group(shapes: list[_Shape]) -> list[Markup]:
    """Neighbours of one style: paths become one path, other things share a group."""
    out = []
    for (kind, style), run in groupby(shapes, key=lambda one: (one.kind, one.style)):
        members = list(run)
        styled = Markup(' style="{}"').format(style) if style else Markup("")
        if kind == "path":
            out.append(Markup('<path d="{}"{}/>').format("".join(one.content for one in members), styled))
        elif len(members) > 1 and style:
            out.append(Markup("<g{}>{}</g>").format(styled, joined(one.content + one.end for one in members)))
        else:
            out += [one.content + styled + one.end for one in members]
    return out


def _style(e: ET.Element) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in e.get("style", "").split(";") if ":" in part)
    style = {key.strip(): value.strip() for key, value in pairs}
    for key in ("fill", "stroke"):
        if style.get(f"{key}-opacity") == "0":  # matplotlib's way to say "none"
            style[key] = "none"
            del style[f"{key}-opacity"]
    return style


def _css(style: dict[str, str]) -> str:
    kept = {k: v for k, v in style.items() if _DEFAULTS.get(k) != v and k != "font-family"}
    if kept.get("stroke") == "none":
        kept = {k: v for k, v in kept.items() if not k.startswith("stroke")}
    for key in ("fill", "stroke"):
        if key in kept and kept[key] != "none":
            if kept[key] not in _VARIABLE:
                raise ValueError(
                    f"the colour {kept[key]} of {style} is not one of the charts' colours and would not follow dark mode"
                )
            kept[key] = _VARIABLE[kept[key]]
    return ";".join(f"{k}:{v}" for k, v in kept.items())


def _path(d: str, style: dict[str, str], dx: float, dy: float) -> list[_Shape]:
    if not re.search("[LCQ]", d) or (style.get("fill") == "none" and style.get("stroke", "none") == "none"):
        return []
    if "fill" not in style:
        raise ValueError(f"a shape was drawn without a colour of the charts: {d[:60]!r} {style}")
    circle = re.match(r"M 0 ([\d.]+)\s+C", d)
    if circle:  # matplotlib's round marker is eight curves about its origin
        return [
            _Shape(
                "circle",
                Markup('<circle cx="{}" cy="{}" r="{}"').format(_short(dx), _short(dy), _short(float(circle[1]))),
                _css(style),
            )
        ]
    return [_Shape("path", _shorten(d, dx, dy), _css(style))]


def _shorten(d: str, dx: float, dy: float) -> str:
    """Absolute M/L/C to M and relative l/c with one decimal; rounding errors do not add up, for each step starts at the rounded point."""
    out: list[str] = []
    at = (0.0, 0.0)
    previous = ""
    for command, *numbers in (part.split() for part in re.findall(r"[MLCQz][^MLCQz]*", d)):
        if command == "z":
            out.append("z")
            previous = ""
            continue
        xy = [round(float(n) + (dy if i % 2 else dx), 1) for i, n in enumerate(numbers)]
        if command == "M":
            out.append("M" + _join(xy))
            previous = "M"
        else:
            relative = [v - at[i % 2] for i, v in enumerate(xy)]
            if command == "L" and not any(round(r, 1) for r in relative):
                continue
            letter = command.lower()
            text = _join(relative)
            out.append(
                text if letter == previous and text.startswith("-") else (" " if letter == previous else letter) + text
            )
            previous = letter
        at = (xy[-2], xy[-1])
    return "".join(out)


def _join(numbers: list[float]) -> str:
    text = ""
    for n in map(_short, numbers):
        text += n if not text or n.startswith("-") else " " + n
    return text


def _text(e: ET.Element) -> list[_Shape]:
    content = "".join(e.itertext())
    if not content.strip():
        return []
    x, y = float(e.get("x", 0)), float(e.get("y", 0))
    turn = re.match(r"rotate\((-?[\d.]+) ", e.get("transform", ""))
    angle = _short(float(turn[1])) if turn and float(turn[1]) else ""
    turned = Markup(' transform="rotate({} {} {})"').format(angle, _short(x), _short(y)) if angle else ""
    style = _style(e)
    if "fill" not in style:
        raise ValueError(f"the text {content!r} was drawn without a colour of the charts")
    begun = Markup('<text x="{}" y="{}"{}').format(_short(x), _short(y), turned)
    return [_Shape("text", begun, _css(style), Markup(">{}</text>").format(content))]


def _name(e: ET.Element) -> str:
    return e.tag.rsplit("}", 1)[-1]


def _short(number: float) -> str:
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _one_line(text: str) -> str:
    return " ".join(text.split())
