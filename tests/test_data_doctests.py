"""The examples in docstrings say what they say."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "contract",
        "dataset.find.settings",
        "forms",
        "engine.duckdb",
        "dataset.find.files",
        "dataset.check.casts",
        "dataset.check.raw",
        "dataset.check.rules",
        "dataset.check.locate",
        "dataset.check.table",
        "dataset.clean",
        "dataset.lazy",
        "dataset.naming",
        "dataset.source",
        "dataset.kept",
        "dataset.relations",
        "dataset.inspection",
        "commands.check",
        "disclosure.suppress",
    ],
)
def test_examples_run(module):
    assert doctest.testmod(import_module(f"cxkit.{module}")).failed == 0
