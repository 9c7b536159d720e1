"""Metrics of fitted models declared without importing the models: the function is found when the metric is asked for."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from importlib import import_module
from typing import Any

from cxkit.metric import Described


def of_model(module: str, name: str) -> Callable[..., Any]:
    """The function `name` of `module`, imported when it is first called."""

    def compute(source: Any, period: Any, base: Any = None, **options: Any) -> Any:
        return getattr(import_module(module), name)(source, period, base, **options)

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
