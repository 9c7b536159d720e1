"""HTML is made of elements, and escaping is a matter of type: nothing else in the package writes markup."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

import cxkit
from cxkit.markup import element, joined, text, whole, words_of

PACKAGE = Path(cxkit.__file__).parent
TAG = re.compile(r"(?<!\?P)<[a-z/!]|<$", re.IGNORECASE)
# Where markup comes from somewhere else, and why it can be taken for what it is.
TRUSTED = {
    ("markup", "style_sheet"): "rules of the package's own files",
    ("report/wording/markdown", "html"): "mistune escapes what it renders",
    ("report/wording/markdown", "heading"): "mistune escapes what it renders",
    ("report/wording/markdown", "image"): "mistune escapes what it renders",
    ("report/wording/foreign", "_html"): "bleach has taken out what acts",
    ("report/page/render", "_figure"): "a chart's own markup, refused if it holds a script",
    ("report/share/one_page", "write_single"): "a page that the kit has written",
    ("report/share/one_page", "_title"): "a page that the kit has written",
    ("report/share/one_page", "_part"): "a page that the kit has written",
}


def found(source: str, module: str = "") -> list[str]:
    """What in a module's source writes markup past the type."""
    tree = ast.parse(source)
    inside = {
        child: function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for child in ast.walk(function)
    }
    return [
        f"{module}:{node.lineno} {why}" for node in ast.walk(tree) for why in _faults(node, module, inside.get(node))
    ]


def _faults(node: ast.AST, module: str, function: str | None) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr) and any(map(_is_tag, node.values)):
        yield "an f-string with a tag: element(…) or Markup(…).format(…)"
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)) and any(map(_is_tag, (node.left, node.right))):  # fmt: skip
        yield "a tag put together with + or %: element(…) or Markup(…).format(…)"
    if isinstance(node, ast.Attribute) and node.attr in ("format", "join") and _is_tag(node.value):
        yield f"a tag in {node.attr} of a plain text: Markup(…).{node.attr}(…)"
    if isinstance(node, ast.ImportFrom) and module != "markup":
        names = {alias.name for alias in node.names} & {"escape", "unescape", "quoteattr"}
        if names and node.module in ("html", "xml.sax.saxutils", "markupsafe"):
            yield f"{', '.join(sorted(names))} of {node.module}: text becomes inert in cxkit.markup"
    if isinstance(node, ast.Import) and {alias.name for alias in node.names} & {"html", "xml.sax.saxutils"}:
        yield "import html: text becomes inert in cxkit.markup"
    is_made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Markup"
    if is_made and not isinstance(node.args[0], ast.Constant) and (module, function) not in TRUSTED:
        yield "Markup(…) around what is no literal"


def _is_tag(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(TAG.search(node.value))


def test_the_package_writes_markup_by_its_type_alone() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix()
        assert not found(path.read_text(encoding="utf-8"), module)


def test_each_way_past_the_type_is_seen() -> None:
    for source in (
        "f'<b>{name}</b>'",
        "f'<{name}>'",
        "'<b>' + name",
        "'<b>%s</b>' % name",
        "'<b>{}</b>'.format(name)",
        "'<br>'.join(names)",
        "from html import escape",
        "import html",
        "from xml.sax.saxutils import quoteattr",
        "def f(): return Markup(name)",
        "Markup(f'<b>{name}</b>')",
    ):
        assert found(source), source
    assert not found("Markup('<b>{}</b>').format(name); f'< {k}'; re.sub('<br>', '', html)")


def test_no_trusted_place_is_left_over() -> None:
    sources = {module: (PACKAGE / f"{module}.py").read_text(encoding="utf-8") for module, _ in TRUSTED}
    for module, function in TRUSTED:
        body = next(node for node in ast.walk(ast.parse(sources[module])) if isinstance(node, ast.FunctionDef) and node.name == function)  # fmt: skip
        calls = [node for node in ast.walk(body) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Markup"]  # fmt: skip
        assert any(not isinstance(call.args[0], ast.Constant) for call in calls), (module, function)


@given(st.text())
def test_any_text_is_read_as_it_is_and_opens_no_tag(said: str) -> None:
    shown = whole(said)
    assert not set("<>\"'") & set(shown)
    assert element("p", whole(said)) == f"<p>{shown}</p>"
    assert element("p", title=said) == (f'<p title="{shown}"></p>' if said else "<p></p>")


def test_markup_stays_and_text_is_escaped() -> None:
    assert element("p", "a & b ", Markup("<b>c</b>"), 1 < 2) == "<p>a &amp; b <b>c</b>True</p>"
    assert joined(["<", "b"], Markup("<br>")) == "&lt;<br>b"
    assert element("td", data_label="A", class_="", id=None) == '<td data-label="A"></td>'


def test_text_of_data_is_cut_and_cannot_turn_what_follows() -> None:
    assert text("x" * 200) == "x" * 80 + "…"
    assert whole("x" * 200) == "x" * 200
    assert text("a\u202eb") == "a\ufffdb"


def test_markup_is_read_without_its_tags() -> None:
    assert words_of(element("p", "R&D ", element("b", "< 10"))) == "R&D < 10"
    assert words_of("a < b > c") == "a < b > c"
