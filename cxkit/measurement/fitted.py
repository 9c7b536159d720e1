"""Metrics of fitted models declared without importing the models: the function is found when the metric is asked for."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from importlib import import_module
from typing import Any

from cxkit.measurement.ask import Ask
from cxkit.metric import Described
from cxkit.row import Row


def of_model(module: str, name: str) -> Callable[..., list[Row]]:
    """The function `name` of `module`, imported when it is first called."""

    def compute(ask: Ask, **options: Any) -> list[Row]:
        found: list[Row] = getattr(import_module(module), name)(ask, **options)
        return found

    compute.__module__, compute.__qualname__ = module, name
    return compute


def with_options(figure: Described, **options: Any) -> Described:
    """The same figure with options of its function fixed, such as another horizon, to be measured like any.

    Examples
    --------
    >>> from cxkit.areas import value
    >>> with_options(value.CLV_PREDICTED, months=12).id
    'clv_predicted'
    """
    return replace(figure, function=wraps(figure.function)(partial(figure.function, **options)))
