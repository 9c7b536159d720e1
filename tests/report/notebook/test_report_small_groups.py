"""With k raised to 60, no notebook of the sample shows a group of 1 to 59 people, and none follows from what it shows."""

import ast
import re

import nbformat
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import cxkit as cx
from cxkit.areas.engagement import visit_distributions
from cxkit.areas.value.study import purchase_study
from cxkit.disclosure.people import is_personal
from cxkit.measurement.ask import Ask
from cxkit.metric import catalogue
from cxkit.report.wording.context import rows_of

pytestmark = pytest.mark.slow

K = 60
NOTEBOOKS = ("app", "churn", "clv", "email", "engagement", "social", "usability")
OCTOBER = cx.Period.parse("2026-10")
# What the notebooks call their counts of people, known here by name, apart from what their frames say.
PEOPLE = ("n_units", "n", "n_customers", "customers", "people", "visitors", "buyers", "members", "memberships", "delivered",
          "delivered so far", "n_delivered", "at_risk", "mau", "authors", "base_n_units", "base_n", "lost", "n_clicked", "n_converted",
          "dau")  # fmt: skip
OF_POSTS = "Brand engagement rate"  # the caption of the one figure whose n_units are posts


@pytest.fixture(scope="module")
def shop():
    return cx.open_data("data/sample", settings={"k": K})


def run(path, shop):
    """The blocks of a notebook, cell by cell: cells run as they stand, on a source that hides groups under 60."""
    names = {"data": None, "period": "2026-10", "compare": "previous", "segment": "", "conf_level": 0.95}
    blocks = []
    for number, cell in enumerate(one for one in nbformat.read(path, as_version=4).cells if one.cell_type == "code"):
        body = ast.parse(cell.source).body
        if number == 0:
            exec(cell.source, names)
            names["data"] = shop
            continue
        last = ast.Expression(body.pop().value) if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), str(path), "exec"), names)
        if last is not None:
            blocks.append(eval(compile(last, str(path), "eval"), names))
    return [block for block in blocks if block is not None]


@pytest.fixture(scope="module")
def blocks(root, shop):
    return {name: run(root / "notebooks" / f"{name}.ipynb", shop) for name in NOTEBOOKS}


def shown(block):
    """The rows that a table or a chart shows."""
    payload = block.to_json()
    return pd.DataFrame(payload["rows"], columns=payload.get("names") or payload["columns"])


def counted(blocks):
    """Every column of people in every table and chart of every notebook, and where it stands."""
    for name in NOTEBOOKS:
        for block in blocks[name]:
            payload = block.to_json()
            if block.kind not in ("table", "figure") or payload["caption"].startswith(OF_POSTS):
                continue
            frame = shown(block)
            for column in {*PEOPLE} & {*frame.columns[1:]}:  # the first names the row
                yield f"{name}: {payload['caption'][:50]}: {column}", frame[column]


def test_every_notebook_is_walked(blocks):
    kinds = [block.kind for name in NOTEBOOKS for block in blocks[name]]
    assert kinds.count("figure") > 35
    assert kinds.count("table") > 15
    assert kinds.count("breakdown") > 50


def test_no_table_or_chart_counts_a_small_group_and_hidden_ones_say_so(blocks):
    seen, labels = 0, []
    for where, column in counted(blocks):
        numbers = pd.to_numeric(column, errors="coerce")
        assert not numbers.between(1, K - 1).any(), where
        said = [one for one in column if isinstance(one, str)]
        assert {*said} <= {f"< {K}", "hidden"}, where
        seen, labels = seen + 1, labels + said
    assert seen > 25
    assert labels.count(f"< {K}") > 30


def test_no_measured_figure_rests_on_a_small_group(blocks):
    people = 0
    for name in NOTEBOOKS:
        for block in blocks[name]:
            payload = block.to_json() if block.kind in ("headline", "breakdown", "findings") else {}
            for row in rows_of(payload["measurements"]) if payload else ():
                if not is_personal(catalogue()[row["metric_id"]]):
                    continue
                people += 1
                for prefix in ("", "base_"):
                    n, value = row.get(f"{prefix}n_units"), row.get(f"{prefix}value")
                    assert not (n and 1 <= n < K), (name, row["metric_id"], row["segment"])
                    assert not (value and row["unit"] == "count" and 1 <= value < K), (name, row["metric_id"])
                if "suppressed" in row["flags"]:
                    assert row["verdict"] in ("hidden", None, "off") or "verdict" not in row
                    assert row.get("difference") is None
    assert people > 200


def test_what_is_drawn_shows_no_more_than_the_numbers_behind(blocks):
    """Digits in heat maps and funnels of people are those of shown cells, or names of rows and columns."""
    drawings = 0
    for name in NOTEBOOKS:
        for block in blocks[name]:
            if (
                block.kind != "figure"
                or block.chart not in ("heatmap", "funnel")
                or not {*PEOPLE[:4]} & {*block.numbers}
            ):
                continue
            frame = block.numbers
            names = {str(one) for column in frame if frame[column].dtype == object for one in frame[column]}
            names |= {f"{one:g}" for column in ("month", "week") if column in frame for one in frame[column]}
            if "n_customers" not in frame and "n" not in frame:
                continue
            for text in re.findall(r"<text[^>]*>([^<]+)</text>", block.wide + block.narrow):
                if re.fullmatch(r"[\d,]+", text) and text not in names:
                    assert int(text.replace(",", "")) >= K or text == "0", (name, block.chart, text)
            drawings += 1
    assert drawings >= 2


def test_captions_and_notes_name_no_small_number_of_people(blocks):
    pattern = re.compile(
        r"(?<![\d.,])(\d[\d,]*) (?:customers|members|visitors|people|recipients|sent|delivered|opened|clicked|converted)\b"
    )
    found = 0
    for name in NOTEBOOKS:
        for block in blocks[name]:
            payload = block.to_json()
            said = " ".join([payload.get("caption", ""), payload.get("alt", ""), *payload.get("sentences", [])])
            for number in pattern.findall(said):
                found += 1
                assert int(number.replace(",", "")) >= K, (name, said)
    assert found > 5


def possible(labels, truth):
    """The intruder: least and most of every cell said to be "< k", from what is shown, the labels and the totals of rows and columns."""
    bounds = []
    for label in labels.ravel():
        bounds.append((0, K - 1) if label == f"< {K}" else (K, None) if label == "hidden" else (label, label))
    sums, totals = [], []
    for axis in (0, 1):
        for place in range(truth.shape[axis]):
            mask = np.zeros(truth.shape)
            mask[(place, slice(None)) if axis == 0 else (slice(None), place)] = 1
            if mask.sum() > 1 and truth[mask > 0].sum() >= K:
                sums.append(mask.ravel())
                totals.append(truth[mask > 0].sum())
    for cell in np.flatnonzero(labels.ravel() == f"< {K}"):
        aim = np.eye(truth.size)[cell]
        ends = [linprog(sign * aim, A_eq=np.array(sums), b_eq=totals, bounds=bounds) for sign in (1, -1)]
        yield round(ends[0].fun), round(-ends[1].fun)


def figure(blocks, notebook, start):
    return next(
        block for block in blocks[notebook] if block.kind in ("figure", "table") and start in block.to_json()["caption"]
    )


@pytest.mark.parametrize("what", ["purchases and recency", "frequency", "recency", "alive", "value", "at risk"])
def test_an_intruder_with_all_totals_learns_nothing_of_a_hidden_cell(blocks, shop, what):
    study = purchase_study(shop, OCTOBER.last_day)
    margin = shop.settings.margin_share
    truth, block, column = {
        "purchases and recency": lambda: (study.rfm().n_customers, figure(blocks, "clv", "time since the last"), "n_customers"),
        "frequency": lambda: (visit_distributions.frequency_distribution(Ask(shop, OCTOBER)).n, figure(blocks, "engagement", "number of visits"), "n"),
        "recency": lambda: (visit_distributions.recency_distribution(Ask(shop, OCTOBER)).n, figure(blocks, "engagement", "time from their last"), "n"),
        "alive": lambda: (study.alive().n, figure(blocks, "clv", "still customers"), "n"),
        "value": lambda: (study.value(24, margin, 0.1, by="purchases").n_customers, figure(blocks, "clv", "Value in 24"), "customers"),
        "at risk": lambda: (study.value_at_risk(24, margin, 0.1).n_customers, figure(blocks, "clv", "Value at risk"), "customers"),
    }[what]()  # fmt: skip
    frame = shown(block)
    labels = frame[column].to_numpy(object)
    shape = (frame.purchases.nunique(), -1) if what == "purchases and recency" else (1, -1)
    truth, labels = truth.to_numpy(float).reshape(shape), labels.reshape(shape)
    visible = np.array([not isinstance(one, str) for one in labels.ravel()]).reshape(labels.shape)
    assert (labels[visible].astype(float) == truth[visible]).all()
    for least, most in possible(labels, truth):
        assert least <= 1, (what, least, most)
        assert most == K - 1, (what, least, most)
