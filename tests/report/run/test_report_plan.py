"""What is found wrong before any kernel starts, and how it is said."""

import nbformat.v4 as v4
import pytest

from cxkit.errors import ArgumentError
from cxkit.report.run.plan import find_notebooks, make_jobs, read_parameters

OWN = {"data": "sample", "period": "2026-10", "compare": "previous"}
USUAL = 'data = "x"\nperiod = "last-month"  # text\ncompare = "previous"\nsegment = ""\nconf_level = 0.95\nmonths: int = 24\nwith_plots = True\nnames = ["a"]'


@pytest.fixture
def notebooks(tmp_path):
    def write(name="email", source=USUAL, tags=("parameters",)):
        import nbformat

        cell = v4.new_code_cell(source, metadata={"tags": list(tags)})
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("# T"), cell]), path)
        return path

    return write


def jobs(path, *given):
    return make_jobs([path], OWN, given)[0].parameters


def test_parameters_get_the_type_of_their_defaults(notebooks):
    got = jobs(
        notebooks(),
        "segment=device_class=mobile",
        "conf_level=0.9",
        "months=007",
        "with_plots=false",
        "names=['b', 'c']",
    )
    assert got == {
        **OWN,
        "segment": "device_class=mobile",
        "conf_level": 0.9,
        "months": 7,
        "with_plots": False,
        "names": ["b", "c"],
    }


def test_a_period_that_looks_like_a_number_stays_text(notebooks):
    assert make_jobs([notebooks()], {**OWN, "period": "2026"}, [])[0].parameters["period"] == "2026"


def test_an_unknown_parameter_is_named_with_its_neighbour(notebooks):
    with pytest.raises(ArgumentError) as error:
        jobs(notebooks(source=USUAL.split("\nmonths")[0]), "perido=2026-10")
    assert str(error.value) == (
        "cxkit report: unknown parameter `perido` for email.ipynb. email.ipynb takes: data, period, compare, segment, conf_level."
        " Did you mean `period`?"
    )


def test_a_parameter_need_be_known_to_one_notebook_only(notebooks):
    plain, more = notebooks("plain", USUAL.split("\nmonths")[0]), notebooks("more")
    made = make_jobs([plain, more], OWN, ["months=12"])
    assert "months" not in made[0].parameters and made[1].parameters["months"] == 12


@pytest.mark.parametrize("given", ["months=twelve", "with_plots=0", "conf_level=", "names=1", "months=1.5"])
def test_a_value_of_the_wrong_type_is_refused(notebooks, given):
    with pytest.raises(ArgumentError, match=f"parameter `{given.split('=')[0]}` of email.ipynb takes"):
        jobs(notebooks(), given)


@pytest.mark.parametrize(
    ("given", "says"), [("months", "name=value"), ("=3", "name=value"), ("period=2026-10", "--period")]
)
def test_a_malformed_parameter_is_refused(notebooks, given, says):
    with pytest.raises(ArgumentError, match=says):
        jobs(notebooks(), given)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("data = 'x'", "does not set `period`"),
        ("data = open('x')", "plain value"),
        ("import os", "plain value"),
        ("data =", "not valid Python"),
        ("f()", "plain value"),
    ],
)
def test_a_parameters_cell_must_be_plain_values(notebooks, source, says):
    with pytest.raises(ArgumentError, match=says):
        jobs(notebooks(source=source))


def test_a_notebook_without_the_cell_or_damaged_is_told_so(notebooks, tmp_path):
    with pytest.raises(ArgumentError, match="no cell tagged `parameters`"):
        read_parameters(notebooks(tags=()))
    (tmp_path / "half.ipynb").write_text('{"cells": [')
    with pytest.raises(ArgumentError, match=r"half\.ipynb is not a notebook"):
        read_parameters(tmp_path / "half.ipynb")


def test_notebooks_are_found_by_their_place_and_chosen_by_name(notebooks, tmp_path):
    notebooks("b"), notebooks("a")
    assert [path.stem for path in find_notebooks(tmp_path)] == ["a", "b"]
    assert [path.stem for path in find_notebooks(tmp_path, ["b"])] == ["b"]
    with pytest.raises(ArgumentError, match=r"no notebook 'bb'.*There are a, b.*Did you mean `b`"):
        find_notebooks(tmp_path, ["bb"])
    with pytest.raises(ArgumentError, match="no folder of notebooks"):
        find_notebooks(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArgumentError, match="holds no notebooks"):
        find_notebooks(tmp_path / "empty")
