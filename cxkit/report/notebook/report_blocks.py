"""The blocks of a report, each made from plain values; `cxkit.report.notebook.notebook` fills them from data."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from cxkit.blocks import Block, frame_to_json, plain
from cxkit.errors import ArgumentError, did_you_mean
from cxkit.exactness import FITTED_DIGITS, tolerance
from cxkit.markup import element
from cxkit.report.notebook import plain_text
from cxkit.report.wording import components
from cxkit.report.wording.context import Context, rows_of
from cxkit.report.wording.format import Style

TABLE_UNITS = ("text", "share", "count", "seconds", "days", "money", "ratio", "score", "rate", "p")


class ReportBlock(Block):
    """A block that is its JSON: words and HTML both follow from it.

    Parameters
    ----------
    kind : str
        What the page renders it by.
    payload : mapping
        Raw numbers and words.
    style : Style
        Locale and currency of the words in the notebook; the page may choose another.
    lead : Markup
        Put in front in JupyterLab (the style sheet, once).
    """

    def __init__(
        self, kind: str, payload: Mapping[str, Any], style: Style | None = None, lead: Markup = Markup("")
    ) -> None:
        self.kind = kind  # type: ignore[misc]  # one class, many kinds
        self.payload: dict[str, Any] = plain(payload)
        self._style = style or Style()
        self._lead = lead

    def to_json(self) -> dict[str, Any]:
        return self.payload

    def to_text(self) -> str:
        said = plain_text.render({"block": self.kind, **self.payload}, self._style)
        return "\n".join(filter(None, [said, self._so_far()]))

    def to_html(self) -> Markup:
        html = components.render({"block": self.kind, **self.payload}, Context(style=self._style))
        so_far = self._so_far()
        return self._lead + element("div", html, element("p", so_far, class_="n") if so_far else "", class_="cx")

    def _so_far(self) -> str:
        """Among how many comparisons the verdicts were decided; a page doesn't say it, for it decides them anew."""
        rows = rows_of(self.payload["measurements"]) if "measurements" in self.payload else []
        number = next((int(row["n_tests"]) for row in rows if row.get("n_tests")), 0)
        if not number:
            return ""
        comparisons = "1 comparison" if number == 1 else f"{self._style.number(number)} comparisons"
        return f"Verdicts: of {comparisons} so far; the page decides over the whole run."


def measured(kind: str, frame: pd.DataFrame, style: Style | None = None, **more: Any) -> ReportBlock:
    """A block around a measurement frame: `kind` is headline, breakdown or findings; `fitted` holds the tolerances of fitted metrics."""
    measurements = frame_to_json(frame)
    if tolerances := more.get("fitted"):
        name = measurements["columns"].index("metric_id")
        rows = measurements["rows"]
        measurements["rows"] = [plain(row, FITTED_DIGITS) if row[name] in tolerances else row for row in rows]
    return ReportBlock(kind, {"measurements": measurements, **more}, style)


def table(
    frame: pd.DataFrame, caption: str = "", units: Mapping[str, str] | None = None, style: Style | None = None
) -> ReportBlock:
    """Any frame as a table.

    Parameters
    ----------
    frame : DataFrame
        Sorted as it shall be read; the first column names the row; column names become the heads.
    caption : str
        Says what the table is.
    units : mapping of column to unit, optional
        How numbers are said: share, count, seconds, days, money, ratio, score, rate, p. Whole numbers are counts and other
        numbers ratios if nothing is said.

    Raises
    ------
    ArgumentError
        A unit for a column that is not there, or a unit that does not exist.
    """
    units = dict(units or {})
    for name, unit in units.items():
        if name not in frame.columns:
            known = [str(column) for column in frame.columns]
            raise ArgumentError(
                f"table: there is no column {name!r} among {', '.join(known)}.{did_you_mean(name, known)}"
            )
        if unit not in TABLE_UNITS:
            raise ArgumentError(
                f"table: unit {unit!r} of {name} is none of {', '.join(TABLE_UNITS)}.{did_you_mean(unit, TABLE_UNITS)}"
            )
    columns = [{"label": _label(name), "unit": units.get(str(name), unit_of(frame[name]))} for name in frame.columns]
    payload: dict[str, Any] = {"caption": caption, "names": [str(name) for name in frame.columns], "columns": columns}
    if rtol := tolerance(frame):
        payload["fitted"] = rtol
    return ReportBlock("table", {**payload, "rows": frame_to_json(frame)["rows"]}, style)


def _label(name: object) -> str:
    said = {"ci_low": "Interval from", "ci_high": "to"}.get(str(name)) or str(name).replace("_", " ").strip()
    if said.split(" ")[0] == "p":
        return said.replace(" ", "\u00a0")
    return said[:1].upper() + said[1:]


def unit_of(column: pd.Series) -> str:
    """What a column is said in if nothing is declared: whole numbers are counts, other numbers ratios, all else text."""
    if str(column.name) in ("p", "p_value", "p_adjusted"):
        return "p"
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return "text"
    return "count" if pd.api.types.is_integer_dtype(column) else "ratio"


def note(sentences: Iterable[str]) -> ReportBlock:
    """Paragraphs, a sentence or two each."""
    return ReportBlock("note", {"sentences": list(sentences)})


def definitions(terms: Sequence[Mapping[str, Any]]) -> ReportBlock:
    """Definitions in the order in which the figures were first shown."""
    return ReportBlock("definitions", {"terms": list(terms)})
