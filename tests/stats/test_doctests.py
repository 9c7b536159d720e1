"""Every example in the documentation of cxkit.stats runs and says what it says."""

import doctest
import pkgutil
from importlib import import_module
from inspect import isfunction

import pytest

import cxkit.stats

MODULES = sorted(module.name for module in pkgutil.iter_modules(cxkit.stats.__path__, "cxkit.stats."))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_hold(name):
    assert doctest.testmod(import_module(name)).failed == 0


def test_every_public_function_has_an_example():
    handed_on = [value for value in vars(cxkit.stats).values() if isfunction(value)]
    functions = [value for value in handed_on if value.__module__.startswith("cxkit.stats.")]
    assert len(functions) > 30
    assert [function.__name__ for function in functions if ">>>" not in function.__doc__] == []
