"""Charts write their digits in the locale of the run."""

import re
from itertools import pairwise

import pandas as pd
import pytest
from in_run import in_run

from cxkit import charts
from cxkit.charts import numerals
from cxkit.charts.text import column, nice_ticks, number

WORDS = {"caption": "It moved.", "alt": "A picture of what moved."}


def texts(svg):
    return re.findall(r">([^<>]+)</text>", svg)


@pytest.mark.parametrize(
    ("name", "share", "money", "count"),
    [
        ("en", "5.9%", "€1,240", "12,500"),
        ("de", "5,9\xa0%", "1.240\xa0€", "12.500"),
        ("fr", "5,9\xa0%", "1\u202f240\xa0€", "12\u202f500"),  # groups by a narrow space
        ("pl", "5,9%", "1\xa0240\xa0€", "12\xa0500"),
    ],
)
def test_numbers_have_the_locales_separators_and_places(name, share, money, count):
    with charts.spoken(name):
        assert number(0.059, "share") == share
        assert number(1240, "money", "EUR", like=[0, 1240]) == money
        assert number(12_500, "count") == count
        assert column([0.6, 1.134], "ratio") == [text.replace(".", numerals.digits(".")) for text in ("0.60", "1.13")]
    assert number(0.059, "share") == "5.9%"


def test_the_run_names_the_locale_of_a_kernel():
    with in_run(locale="de"):
        assert number(12_500, "count") == "12.500"


def test_axes_and_labels_of_a_drawing_follow():
    frame = pd.DataFrame(
        {"segment": ["a", "b"], "value": [1234.5, 2345.5], "ci_low": [1000.0, 2000.0], "ci_high": [1500.0, 2500.0]}
    )
    with charts.spoken("de"):
        figure = charts.intervals(frame, words=charts.Words(unit="money", currency="EUR"), **WORDS)
    said = [text.replace("\xa0", " ") for text in texts(figure.wide)]
    assert "1.000 €" in said and any(re.fullmatch(r"1\.23[45] €", text) for text in said)
    assert not any("," in text for text in said)
    heat = pd.DataFrame({"row": ["a"], "column": ["x"], "value": [0.034]})
    with charts.spoken("de"):
        assert "3,4" in texts(
            charts.heatmap(
                heat, columns=charts.Columns(by="row", across="column"), words=charts.Words(unit="share"), **WORDS
            ).wide
        )


def test_ticks_count_in_what_their_labels_say():
    ticks = nice_ticks(0.0, 115.0, "seconds")  # labels turn to minutes at two of them
    assert [number(tick, "seconds", like=ticks).replace("\xa0", " ") for tick in ticks] == [
        "0 min", "0.5 min", "1 min", "1.5 min", "2 min"] or all(len(number(tick, "seconds", like=ticks)) <= 8 for tick in ticks)  # fmt: skip


def test_labels_of_an_axis_do_not_touch():
    frame = pd.DataFrame({
        "segment": ["a long name of a segment", "b"], "difference": [-0.0385, 0.004], "difference_low": [-0.065, -0.01], "difference_high": [-0.0125, 0.02],
    })  # fmt: skip
    figure = charts.forest(frame, words=charts.Words(unit="share"), **WORDS)
    from cxkit.charts.text import text_width

    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"([^>]*)>([^<]*pts)</text>', figure.narrow)
    assert found
    by_line = {}
    for x, y, more, text in found:
        width = text_width(text)
        left = float(x) - (width / 2 if "middle" in more else width if "end" in more else 0)
        by_line.setdefault(y, []).append((left, left + width))
    for spans in by_line.values():
        spans.sort()
        assert all(b[0] >= a[1] for a, b in pairwise(spans))
