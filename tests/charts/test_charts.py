"""Charts: every kind draws, says its words, follows the page's colours, and survives odd data."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cxkit import charts
from cxkit.charts import Columns, Figure, Words
from cxkit.charts.style import COLOURS
from cxkit.charts.text import text_width
from cxkit.errors import ArgumentError

WORDS = {"caption": "Clicks rose. Band: 95 % interval.", "alt": "A line that rises from 5 to 6 percent."}
BY_DAY, GRID = Columns(time="day"), Columns(by="row", across="column")
SHARE, COUNT, MONEY = Words(unit="share"), Words(unit="count"), Words(unit="money", currency="EUR")
NASTY = '<script>alert(1)</script> & "$5 to $6" </svg><img src=x onerror=alert(1)> \u202eevil \x00'


def frame(n: int, label: Callable[[int], str] = "row {}".format, values: list[float] | None = None) -> pd.DataFrame:
    """One frame with the columns of all kinds, so that every kind can be drawn from the same data."""
    v = np.asarray(values if values is not None else np.linspace(0.2, 0.6, n), dtype=float)
    names = [label(i) for i in range(n)]
    return pd.DataFrame(
        {
            "segment": names, "stage": names, "bin": names, "title": names,
            "row": [names[i // 3] for i in range(n)], "column": [i % 3 for i in range(n)],
            "day": pd.date_range("2026-10-01", periods=n), "time": np.arange(n) * 10.0,
            "value": v, "ci_low": v - 0.05, "ci_high": v + 0.05, "base_value": v * 0.9,
            "difference": v - 0.4, "difference_low": v - 0.5, "difference_high": v - 0.3,
            "pooled": v * 0.5 + 0.2, "pooled_low": v * 0.5 + 0.1, "pooled_high": v * 0.5 + 0.3,
            "n": np.round(v * 1000), "base_n": np.round(v * 900), "at_risk": np.round(v * 1000),
            "actual": v, "predicted": v * 1.1, "predicted_low": v, "predicted_high": v * 1.2,
            "share_of_customers": np.clip(v, 0, 1), "share_of_value": np.clip(v, 0, 1) ** 0.5,
            "importance": v, "performance": v[::-1],
            "observed": v, "trend": v, "season": v * 0.2, "residual": v * 0.1, "is_anomaly": v > 0.55,
            "unit": "share",
        }
    )  # fmt: skip


KINDS: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "trend": lambda f: charts.trend(f, 0.4, columns=BY_DAY, words=Words(events={"2026-10-02": NASTY}), **WORDS),
    "trend against a base": lambda f: charts.trend(f, f.assign(day=f["day"] - pd.Timedelta(days=31)), **WORDS),
    "trend by segment": lambda f: charts.trend(f, columns=Columns(by="segment"), words=MONEY, **WORDS),
    "intervals": lambda f: charts.intervals(f, **WORDS),
    "bars": lambda f: charts.bars(f, words=COUNT, add_rest=True, **WORDS),
    "forest": lambda f: charts.forest(f, words=Words(sides=("less", "more")), **WORDS),
    "forest log": lambda f: charts.forest(f, columns=Columns(value=("value", "ci_low", "ci_high")), log=True, **WORDS),
    "ranking": lambda f: charts.ranking(f, mean=0.4, **WORDS),
    "funnel": lambda f: charts.funnel(f, **WORDS),
    "distribution": lambda f: charts.distribution(f, words=Words(x="orders"), **WORDS),
    "heatmap": lambda f: charts.heatmap(f.drop_duplicates(["row", "column"]), columns=GRID, **WORDS),
    "curve": lambda f: charts.curve(f, words=Words(x="days"), **WORDS),
    "curve by group": lambda f: charts.curve(f, columns=Columns(by="row"), **WORDS),
    "tracking": lambda f: charts.tracking(f, words=COUNT, cut="2026-10-05", **WORDS),
    "concentration": lambda f: charts.concentration(f, **WORDS),
    "calibration": lambda f: charts.calibration(f, columns=Columns(by="segment"), **WORDS),
    "importance": lambda f: charts.importance(f, words=Words(unit="score"), **WORDS),
    "decomposition": lambda f: charts.decomposition(f, **WORDS),
    "small_multiples": lambda f: charts.small_multiples(f, columns=BY_DAY, words=Words(currency="PLN"), **WORDS),
}

every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def drawn() -> dict[str, Figure]:
    data = frame(12)
    return {kind: draw(data) for kind, draw in KINDS.items()}


def shapes(svg: str, name: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(svg).iter() if e.tag == name]


@every_kind
def test_a_figure_is_well_formed_and_labelled(drawn: dict[str, Figure], kind: str) -> None:
    figure = drawn[kind]
    for svg, css_class in ((figure.wide, "cx-wide"), (figure.narrow, "cx-narrow")):
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert root.get("aria-label") == WORDS["alt"]
        assert root.get("class") == css_class
        assert shapes(svg, "text"), "text stays text"
    assert ET.fromstring(f"<div>{figure.figure_html()}</div>") is not None
    assert ET.fromstring(figure.to_svg()).tag == "{http://www.w3.org/2000/svg}svg"


@every_kind
def test_every_colour_follows_the_page(drawn: dict[str, Figure], kind: str) -> None:
    for svg in (drawn[kind].wide, drawn[kind].narrow):
        colours = re.findall(r"(?:fill|stroke):([^;\"]+)", svg)
        assert colours
        for colour in colours:
            name = re.fullmatch(r"var\(--([a-z0-9-]+),(#[0-9a-f]{6})\)", colour)
            assert colour == "none" or (name and COLOURS[name[1]][0] == name[2]), colour


@every_kind
def test_nothing_is_loaded_run_or_shared(drawn: dict[str, Figure], kind: str) -> None:
    html = drawn[kind].to_html()
    assert not re.search(r"<script|https?:|href|url\(|@import|data:|javascript", html)
    assert not re.search(r"\sid=", html), "no ids, so that no two figures of a page can share one"


@every_kind
def test_a_drawing_is_small(drawn: dict[str, Figure], kind: str) -> None:
    assert len(drawn[kind].wide) + len(drawn[kind].narrow) <= 12_000


def test_a_month_and_a_year_of_days_stay_small() -> None:
    rng = np.random.default_rng(1)
    for days, most in ((31, 8_000), (365, 24_000)):
        month = frame(days, values=list(rng.uniform(0.04, 0.06, days)))
        figure = charts.trend(month, 0.05, **WORDS)
        assert len(figure.wide) + len(figure.narrow) <= most


@every_kind
def test_the_same_data_give_the_same_bytes_and_stay_as_they_are(drawn: dict[str, Figure], kind: str) -> None:
    data = frame(12)
    again = KINDS[kind](data)
    pd.testing.assert_frame_equal(data, frame(12))
    assert again._repr_mimebundle_() == drawn[kind]._repr_mimebundle_()


def test_bytes_do_not_depend_on_the_process_or_the_users_style() -> None:
    code = (
        "import matplotlib; matplotlib.rcParams.update({'axes.facecolor': 'red', 'font.size': 30, 'svg.fonttype': 'path'})\n"
        "import pandas as pd; from cxkit import charts; from hashlib import sha256\n"
        "f = pd.DataFrame({'segment': ['a', 'b'], 'value': [0.4, 0.6], 'ci_low': [0.3, 0.5], 'ci_high': [0.5, 0.7]})\n"
        "print(sha256(charts.intervals(f, words=charts.Words(unit='share'), caption='x', alt='y').to_html().encode()).hexdigest())\n"
    )
    plain = code.split("\n", 1)[1]
    seen = {
        subprocess.run(
            [sys.executable, "-c", text],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for text, seed in ((code, "1"), (plain, "2"))
    }
    assert len(seen) == 1


@pytest.mark.parametrize("caption", ["", " ", None])
@every_kind
def test_a_caption_is_required(monkeypatch: pytest.MonkeyPatch, kind: str, caption: str | None) -> None:
    monkeypatch.setattr(sys.modules[__name__], "WORDS", {"caption": caption, "alt": "x"})
    with pytest.raises(ArgumentError, match="needs caption=…"):
        KINDS[kind](frame(3))


@every_kind
def test_without_an_alternative_the_kind_of_chart_and_the_caption_are_it(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "WORDS", {"caption": "Clicks rose. Band: 95 % interval."})
    figure = KINDS[kind](frame(3))
    said, _, rest = figure.alt.partition(": ")
    assert rest == figure.caption and said not in ("", "Chart")
    assert ET.fromstring(figure.wide).get("aria-label") == figure.alt


def test_an_alternative_is_text() -> None:
    with pytest.raises(ArgumentError, match=r"charts.bars: alt=… is a text.*Found 3"):
        charts.bars(frame(3), caption="x", alt=3)  # type: ignore[arg-type]


@every_kind
def test_markup_in_names_is_inert(kind: str) -> None:
    figure = KINDS[kind](frame(6, lambda i: f"{NASTY} {i}"))
    html = figure.to_html()
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html and "\x00" not in html
    ET.fromstring(figure.wide)
    texts = [t.text or "" for t in shapes(figure.wide, "text")]
    if kind in ("intervals", "ranking"):
        assert any(t.startswith("<script>") for t in texts), "shown as it is"


@every_kind
@pytest.mark.parametrize("rows", [0, 1, 16])
def test_any_number_of_rows(kind: str, rows: int) -> None:
    figure = KINDS[kind](frame(rows, lambda i: f"a rather long name of a campaign, number {i}"))
    assert bool(figure.reason) == (rows == 0)
    assert bool(figure.wide) == (rows > 0)
    if not rows:
        assert f"Nothing to draw: {figure.reason}." in figure.to_html()
        assert f"Nothing to draw: {figure.reason}." in figure.to_text()


@every_kind
def test_values_that_are_all_missing(kind: str) -> None:
    figure = KINDS[kind](frame(4, values=[np.nan] * 4))
    assert figure.reason
    assert not figure.wide


number = st.one_of(st.floats(-3, 3), st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e-12, 1e12, -1e12, 1.0, 0.5]))


@every_kind
@settings(
    max_examples=2, phases=[Phase.generate], deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(
    values=st.lists(number, min_size=1, max_size=5),
    name=st.text(max_size=30),
    kept=st.lists(st.integers(0, 6), max_size=3),
)
def test_any_numbers_and_names(kind: str, values: list[float], name: str, kept: list[int]) -> None:
    data = frame(len(values), lambda i: f"{name}{i}", values)
    for column in ("ci_low", "n", "actual", "observed", "pooled"):
        data.loc[[k for k in kept if k < len(data)], column] = np.nan
    figure = KINDS[kind](data)
    if figure.wide:
        ET.fromstring(figure.wide)
        ET.fromstring(figure.narrow)
        assert "nan" not in re.sub(r"<text.*?</text>|aria-label=\"[^\"]*\"", "", figure.wide)
    json.dumps(figure._repr_mimebundle_()["application/vnd.cxkit+json"], allow_nan=False)


def test_python_and_pandas_number_types() -> None:
    from decimal import Decimal

    data = pd.DataFrame(
        {
            "segment": pd.Categorical(["a", None, "b"]),
            "value": [Decimal("3.10"), None, pd.NA],
            "base_value": pd.array([1, None, 2], dtype="Int64"),
        }
    )
    figure = charts.bars(data, words=MONEY, **WORDS)
    assert "€3.10" in figure.wide
    assert figure.to_json()["rows"] == [["a", 3.1, 1], [None, None, None], ["b", None, 2]]


def test_json_holds_the_numbers_and_no_drawing() -> None:
    data = charts.trend(frame(3), 0.4, **WORDS)._repr_mimebundle_()["application/vnd.cxkit+json"]
    assert data["block"] == "figure"
    assert data["chart"] == "trend"
    assert data["caption"] == WORDS["caption"]
    assert data["columns"] == ["day", "value", "ci_low", "ci_high", "base"]
    assert data["rows"][1] == ["2026-10-02", 0.4, 0.35, 0.45, 0.4]
    assert "svg" not in json.dumps(data)


def test_numbers_are_rounded_to_six_digits() -> None:
    figure = charts.bars(pd.DataFrame({"segment": ["a", "b"], "value": [0.123456789, 1234567.0]}), **WORDS)
    assert figure.to_json()["rows"] == [["a", 0.123457], ["b", 1234570.0]]
    whole = charts.bars(pd.DataFrame({"segment": ["a"], "value": [123456789]}), **WORDS)
    assert whole.to_json()["rows"] == [["a", 123456789]]


def test_the_text_form_changes_with_any_number() -> None:
    data = frame(40)
    text = charts.trend(data, **WORDS).to_text()
    assert "40 rows" in text
    for row in (0, 20, 39):
        changed = data.copy()
        changed.loc[row, "value"] += 0.0001
        assert charts.trend(changed, **WORDS).to_text() != text


def test_bars_start_at_zero_and_are_as_long_as_their_values() -> None:
    data = pd.DataFrame({"segment": ["a", "b", "c"], "value": [1000.0, 990.0, 500.0]})
    for svg in (charts.bars(data, words=COUNT, **WORDS).wide, charts.bars(data, words=COUNT, **WORDS).narrow):
        filled = [p for p in shapes(svg, "path") if "fill:var(--series-1" in p.get("style", "")]
        lengths = [abs(float(n)) for p in filled for n in re.findall(r"M[-\d. ]+l([\d.]+) 0", p.get("d", ""))]
        assert len(lengths) == 3
        assert lengths[1] / lengths[0] == pytest.approx(0.99, abs=0.002)
        assert lengths[2] / lengths[0] == pytest.approx(0.5, abs=0.002)
        assert "0" in [t.text for t in shapes(svg, "text")]


def test_a_line_far_from_zero_names_its_lowest_tick() -> None:
    svg = charts.trend(
        frame(10, values=list(np.linspace(0.051, 0.059, 10))).drop(columns=["ci_low", "ci_high"]), **WORDS
    ).wide
    percents = [t.text.replace("\u00a0", " ") for t in shapes(svg, "text") if t.text and t.text.endswith("%")]
    assert percents[0] == "5.0%"
    assert percents[-1] == "6.0%"


def test_forty_segments_tell_how_many_are_left_out() -> None:
    data = frame(40)
    assert "and 20 more in the numbers below" in charts.intervals(data, **WORDS).wide
    assert len(charts.intervals(data, **WORDS).numbers) == 40
    summed = charts.bars(data, words=COUNT, add_rest=True, **WORDS).wide
    assert "20 more together" in summed


def test_days_that_a_measured_frame_is_split_by_become_dates() -> None:
    days = ["2026-10-01", "2026-10-02"]
    data = pd.DataFrame(
        {"segment": [f"country=PL; day={day}" for day in days], "by": "day", "level": days, "value": [1, 2]}
    )
    figure = charts.trend(data, words=COUNT, **WORDS)
    assert figure.to_json()["columns"] == ["day", "value"]
    assert figure.to_json()["rows"] == [["2026-10-01", 1], ["2026-10-02", 2]]
    assert "1 Oct" in [t.text for t in shapes(figure.wide, "text")]


def said(figure: Figure) -> list[str]:
    return ["".join(one.itertext()) for one in shapes(figure.wide, "text")]


def test_rows_are_called_by_the_level_of_a_measured_frame_whatever_it_holds() -> None:
    levels = ["gift=card", "Tea, loose", ""]
    data = pd.DataFrame(
        {"segment": ["country=PL; category=gift=card", 'country=PL; category="Tea, loose"', "country=PL"],
         "by": ["category", "category", ""], "level": levels, "value": [0.3, 0.2, 0.1]}
    )  # fmt: skip
    for draw in (charts.intervals, charts.bars):
        assert {"gift=card", "Tea, loose", "all"} <= set(said(draw(data, **WORDS)))


def test_text_of_a_notebooks_own_is_shown_as_it_is() -> None:
    data = pd.DataFrame({"segment": ["gift=card", "plan=gold; by hand"], "level": ["a", "b"], "value": [0.3, 0.2]})
    assert {"gift=card", "plan=gold; by hand"} <= set(said(charts.bars(data.drop(columns="level"), **WORDS)))
    assert {"gift=card", "plan=gold; by hand"} <= set(said(charts.bars(data, columns=Columns(by="segment"), **WORDS)))


def test_all_charts_are_asked_alike() -> None:
    for name in sorted({kind.split(maxsplit=1)[0] for kind in KINDS}):
        asked = inspect.signature(getattr(charts, name)).parameters
        assert len(asked) <= 6, name
        assert next(iter(asked)) == "frame" and {"caption", "alt"} <= set(asked), name
        assert set(asked) <= {
            "frame",
            "base",
            "caption",
            "alt",
            "columns",
            "words",
            "sort",
            "add_rest",
            "log",
            "mean",
            "steps",
            "cut",
        }, name


def test_unit_and_currency_are_the_frames_own_unless_said() -> None:
    data = pd.DataFrame({"segment": ["a"], "value": [1240.0], "unit": "money"})
    data.attrs["currency"] = "PLN"
    assert "PLN\xa01,240" in said(charts.bars(data, **WORDS))
    assert "€1,240" in said(charts.bars(data, words=Words(currency="EUR"), **WORDS))
    assert charts.bars(data, words=COUNT, **WORDS).unit == "count"


def test_a_heatmap_needs_to_know_what_stands_side_by_side() -> None:
    with pytest.raises(ArgumentError, match=r"side by side; expected columns=Columns\(by=…, across=…\)"):
        charts.heatmap(frame(3), columns=Columns(by="row"), **WORDS)


def test_the_base_is_laid_over_by_day() -> None:
    october = frame(31)
    september = frame(30).assign(day=pd.date_range("2026-09-01", periods=30))
    svg = charts.trend(october, september, **WORDS).wide
    assert "stroke-dasharray" in svg
    assert {"October", "September"} <= {t.text for t in shapes(svg, "text")}


def test_base_values_stand_beside_the_days_they_are_drawn_under() -> None:
    september = pd.DataFrame({"day": pd.to_datetime(["2026-09-03", "2026-09-01"]), "value": [3.0, 1.0]})
    october = pd.DataFrame({"day": pd.date_range("2026-10-01", periods=3), "value": [5.0, 6.0, 7.0]})
    rows = charts.trend(october, september, words=COUNT, **WORDS).to_json()["rows"]
    assert rows == [["2026-10-01", 5.0, 1.0], ["2026-10-02", 6.0, None], ["2026-10-03", 7.0, 3.0]]


def test_a_missing_column_is_named_with_the_nearest() -> None:
    with pytest.raises(ArgumentError, match=r"no column `segmnt`.*Did you mean `segment`"):
        charts.intervals(frame(2), columns=Columns(by="segmnt"), **WORDS)
    with pytest.raises(ArgumentError, match="no column of dates"):
        charts.trend(pd.DataFrame({"value": [1.0]}), **WORDS)
    with pytest.raises(ArgumentError, match="found list"):
        charts.bars([1, 2], **WORDS)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="found NoneType"):
        charts.intervals(None, **WORDS)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"a column, or three.*Found \('hr', 'low'\)"):
        Columns(value=("hr", "low"))  # type: ignore[arg-type]


def test_two_rows_for_one_cell_are_refused() -> None:
    with pytest.raises(ArgumentError, match="more than one row for row 'a' and column '1'"):
        charts.heatmap(pd.DataFrame({"row": ["a", "a"], "column": [1, 1], "value": [1, 2]}), columns=GRID, **WORDS)


def test_a_heatmap_leaves_unknown_cells_blank() -> None:
    data = pd.DataFrame({"cohort": ["Jan", "Jan", "Feb"], "month": [0, 1, 0], "value": [1.0, 0.61, 1.0]})
    texts = [
        t.text
        for t in shapes(
            charts.heatmap(data, columns=Columns(by="cohort", across="month"), words=SHARE, **WORDS).wide, "text"
        )
    ]
    assert texts.count("100") == 2
    assert texts.count("61") == 1
    assert "0" in texts, "the name of the column, not a cell"
    assert texts.count("0") == 1


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


EYES = {  # Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
    "normal": np.eye(3),
    "green-blind": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "red-blind": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}


def lab(colour: str, eye: np.ndarray) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    seen = np.clip(eye @ np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4), 0, 1)
    xyz = (
        np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        @ seen
        / [0.9505, 1, 1.089]
    )
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("eye", EYES)
def test_series_can_be_told_apart(mode: int, eye: str) -> None:
    series = [lab(both[mode], EYES[eye]) for name, both in COLOURS.items() if name.startswith("series-")]
    assert len(series) == 6
    for i, one in enumerate(series):
        for other in series[:i]:
            assert np.linalg.norm(one - other) >= 15


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_in_light_and_dark(mode: int) -> None:
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)
    colour = {name: both[mode] for name, both in COLOURS.items()}
    for name in ("ink", "muted", "wait", "good", "bad", *(n for n in COLOURS if n.startswith("series-"))):
        for ground in ("paper", "wash"):
            assert contrast(colour[name], colour[ground]) >= 4.5, (name, ground)
    assert contrast(colour["ink"], colour["heat"]) >= 4.5
    assert len({both[mode] for both in COLOURS.values()}) == len(COLOURS), "a colour stands for one role"


def test_importing_charts_does_not_import_matplotlib() -> None:
    code = "import sys, cxkit.charts; sys.exit(any(m in sys.modules for m in ('matplotlib', 'seaborn')))"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}).returncode == 0


@every_kind
@pytest.mark.parametrize("rows", [12, 40])
def test_no_text_leaves_its_drawing(kind: str, rows: int) -> None:
    figure = KINDS[kind](frame(rows, values=list(np.linspace(0.2, 0.9, rows))))
    for svg in (figure.wide, figure.narrow):
        width = float((ET.fromstring(svg).get("viewBox") or "").split()[2])
        for group in ET.fromstring(svg).iter():
            for text in [e for e in group if e.tag == "text"]:
                styles = f"{group.get('style') or ''};{text.get('style') or ''}"
                size = float((re.findall(r"font-size:([\d.]+)px", styles) or ["12"])[-1])
                long, at = text_width("".join(text.itertext()), size), float(text.get("x") or 0)
                left = at - long * (0.5 if "middle" in styles else 1.0 if "text-anchor:end" in styles else 0.0)
                assert left > -2 and left + long < width + 2, "".join(text.itertext())


def test_a_long_curve_keeps_its_ends_and_the_steps_that_hold_at_even_times():
    time = np.arange(1000)
    frame = pd.DataFrame({"time": time, "value": 1 - time / 2000, "at_risk": 1000 - time})
    drawn = charts.curve(frame, caption="Half stay.", alt="A line that falls to one half.").numbers
    assert len(drawn) <= 48
    assert drawn.time.iloc[[0, -1]].tolist() == [0, 999]
    assert np.allclose(drawn.value, 1 - drawn.time / 2000)


def test_a_figure_without_a_drawing_says_why_and_explains_no_marks():
    empty = pd.DataFrame({"time": [], "value": []})
    html = charts.curve(empty, caption="No membership was seen. Band: 95 % interval.", alt="No curve.").to_html()
    assert "Nothing to draw: no row has a time and a value." in html
    assert "<figcaption><strong>No membership was seen.</strong></figcaption>" in html
    assert "The numbers behind" not in html


def test_curves_that_are_not_drawn_do_not_stretch_the_axes() -> None:
    rows = [(t, 0.5 - t / 100, f"group {g}") for g in range(6) for t in range(0, 31, 10)]
    rows += [(0, 0.9, "rare"), (900, 0.1, "rare")]
    data = pd.DataFrame(rows, columns=["time", "value", "group"])
    said = [e.text for e in shapes(charts.curve(data, columns=Columns(by="group"), **WORDS).wide, "text")]
    assert "30" in said and "rare" not in said and not {"600", "800", "900"} & set(said)


def test_the_numbers_at_risk_end_with_their_curve():
    rows = [(t, 1 - t / 100, 50 - t, "long") for t in range(0, 41, 10)]
    rows += [(t, 1 - t / 50, 30 - t, "short") for t in range(0, 21, 10)]
    frame = pd.DataFrame(rows, columns=["time", "value", "at_risk", "group"])
    wide = charts.curve(frame, columns=Columns(by="group"), **WORDS).wide
    said = [text for text in re.findall(r">(\d+)</text>", wide)]
    assert [int(n) for n in said][-3:] == [30, 20, 10]  # not 10 again at 30 and 40, where nobody knows


def test_curves_of_one_crowd_share_their_numbers_at_risk_and_values_have_a_title():
    rows = [
        (t, t / 100 * share, 50 - t, name) for name, share in (("moved", 1), ("price", 2)) for t in range(0, 41, 10)
    ]
    frame = pd.DataFrame(rows, columns=["time", "value", "at_risk", "group"])
    wide = charts.curve(frame, columns=Columns(by="group"), words=Words(y="lost in 100 months"), **WORDS).wide
    assert re.findall(r">(\d+)</text>", wide)[-5:] == ["50", "40", "30", "20", "10"]
    assert wide.count(">50</text>") == 1
    assert "lost in 100 months" in wide


def test_a_hidden_class_is_not_drawn_as_nothing() -> None:
    for names in (["1", "2", "3 or more"], [f"a rather long name of class {i}" for i in range(3)]):
        data = pd.DataFrame({"bin": names, "n": [500.0, np.nan, 0.0], "share": [0.8, np.nan, 0.0]})
        figure = charts.distribution(data, **WORDS)
        for svg in (figure.wide, figure.narrow):
            assert ["".join(e.itertext()) for e in shapes(svg, "text")].count("hidden") == 1


def test_a_share_that_stays_low_gets_an_axis_it_can_be_read_on() -> None:
    low = pd.DataFrame(
        {"time": [0, 10, 20], "value": [0.0, 0.1, 0.2], "ci_low": [0.0, 0.05, 0.1], "ci_high": [0.0, 0.2, 0.3]}
    )
    said = [e.text for e in shapes(charts.curve(low, **WORDS).wide, "text")]
    assert "0%" in said and "30%" in said and "100%" not in said
    assert "100%" in [e.text for e in shapes(charts.curve(low.assign(value=1 - low.value), **WORDS).wide, "text")]


def test_two_minutes_are_told_in_seconds_on_axis_and_rows_alike() -> None:
    data = pd.DataFrame(
        {"segment": ["all", "app"], "value": [94.2, 7.5], "ci_low": [80, 6], "ci_high": [109, 9], "unit": "seconds"}
    )
    said = [str(e.text) for e in shapes(charts.intervals(data, **WORDS).wide, "text")]
    assert not [text for text in said if "min" in text] and "94.2\xa0s" in said
