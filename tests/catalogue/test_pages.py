"""The generated pages of docs/ are what the kit says today, and the page about views leaves no column unexplained."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import cxkit as cx
from cxkit.catalogue.contract_page import contract_page
from cxkit.catalogue.page import metrics_page
from cxkit.catalogue.views_page import columns, meaning, notes, views_page
from cxkit.dataset.naming import shipped_views
from cxkit.metric import Metric, areas, catalogue

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("name", "page"), [("metrics", metrics_page), ("data-contract", contract_page), ("views", views_page)]
)
def test_the_page_is_current(name, page):
    assert (DOCS / f"{name}.md").read_text(encoding="utf-8") == page(), "run make docs"


@pytest.mark.parametrize("view", shipped_views())
def test_a_view_says_its_grain_first_and_what_each_column_holds(view):
    assert shipped_views()[view].startswith(f"-- {view}: one row per ")
    assert notes(view).grain.endswith("."), "the first line is a sentence of its own"
    assert [name for name in columns(view) if not meaning(view, name)] == []


@pytest.mark.parametrize("view", shipped_views())
def test_a_view_explains_no_column_that_it_does_not_have_and_keeps_their_order(view):
    assert list(notes(view).columns) == [name for name in columns(view) if name in notes(view).columns]


def test_a_column_handed_through_reads_as_in_the_contract_and_one_that_a_view_makes_as_in_the_view():
    assert meaning("hits", "page") == "Path of the page without host, query and fragment."
    assert meaning("session_pages", "is_new_visitor") == meaning("sessions", "is_new_visitor")
    assert meaning("sessions", "started_at_utc") == "As `started_at`, in UTC."


@pytest.mark.parametrize("view", shipped_views())
def test_types_without_data_are_those_with_data(view, sample):
    assert columns(view) == sample.types(f"from {view}")


@pytest.fixture(scope="module")
def sample(root):
    return cx.open_data(root / "data/sample")


def test_the_time_of_every_metric_is_a_time_column_on_the_page():
    for metric in catalogue().values():
        if isinstance(metric, Metric):
            section = views_page().partition(f"\n## {metric.view}\n")[2].partition("\n## ")[0]
            assert f"`{metric.time}`" in section.partition("Time column:")[2].partition(". Rests on")[0]


def test_every_metric_stands_on_the_page_under_the_name_that_python_knows_it_by():
    named = re.findall(r"(?m)^### .* · `(\w+)`$(?:\n(?!###).*)*?\n- In Python: `(\w+)\.(\w+)`", metrics_page())
    assert [metric_id for metric_id, _, _ in named] == [metric.id for metrics in areas().values() for metric in metrics]
    assert [i for i, area, name in named if getattr(import_module(f"cxkit.areas.{area}"), name).id != i] == []
