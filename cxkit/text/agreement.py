"""How far two sets of labels agree, a person's and a program's: κ, macro-F1, and which class is taken for which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxkit.errors import ArgumentError
from cxkit.stats import Interval
from cxkit.stats.normal import z_quantile
from cxkit.stats.results import empty_interval

DRAWS = 2_000
METHOD = "percentile bootstrap"


@dataclass(frozen=True)
class Agreement:
    """Agreement of a program with people.

    Attributes
    ----------
    n : int
        Texts with both labels.
    accuracy : float
        Share of equal labels.
    kappa : Interval
        Cohen's κ: agreement beyond chance, 1 is full, 0 is chance.
    macro_f1 : Interval
        Mean over the classes of the harmonic mean of precision and recall; a rare class weighs as much as a common one.
    confusion : DataFrame, shape (classes, classes)
        Texts by the person's label (rows) and the program's (columns).
    """

    n: int
    accuracy: float
    kappa: Interval
    macro_f1: Interval
    confusion: pd.DataFrame


def agreement(human: Sequence[str], program: Sequence[str], *, conf_level: float = 0.95, seed: int = 1) -> Agreement:
    """Compare labels of the same texts. Intervals by the bootstrap over texts, drawn as confusion tables; the same in every run.

    Parameters
    ----------
    human, program : sequences of one length
        Without missing labels.

    Raises
    ------
    ArgumentError
        Unequal lengths.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20, 37–46; Sokolova & Lapalme (2009), Information Processing and
    Management 45, 427–437.

    Examples
    --------
    >>> found = agreement(["a", "a", "b", "b"], ["a", "a", "b", "a"])
    >>> found.accuracy, found.kappa.value, round(found.macro_f1.value, 3)
    (0.75, 0.5, 0.733)
    """
    if len(human) != len(program):
        raise ArgumentError(
            f"{len(human)} labels by people and {len(program)} by the program; expected one of each a text."
        )
    z_quantile(conf_level)  # refuses a wrong level in words
    classes = sorted({*human, *program})
    table = np.zeros((len(classes), len(classes)))
    place = {name: number for number, name in enumerate(classes)}
    for person, machine in zip(human, program, strict=True):
        table[place[person], place[machine]] += 1
    confusion = pd.DataFrame(table.astype(int), index=classes, columns=classes)
    n = len(human)
    if n == 0:
        return Agreement(0, np.nan, empty_interval(METHOD), empty_interval(METHOD), confusion)
    drawn = np.random.default_rng(seed).multinomial(n, table.ravel() / n, size=DRAWS).reshape(-1, *table.shape)
    return Agreement(
        n,
        float(np.trace(table) / n),
        _interval(_kappa(table[None])[0], _kappa(drawn), conf_level),
        _interval(_macro_f1(table[None], table)[0], _macro_f1(drawn, table), conf_level),
        confusion,
    )


def _kappa(tables: np.ndarray) -> np.ndarray:
    n = tables.sum(axis=(1, 2))
    observed = np.trace(tables, axis1=1, axis2=2) / n
    chance = (tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1) / n**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return (observed - chance) / (1 - chance)


def _macro_f1(tables: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """F1 = 2·hits ÷ (people's + program's), over the classes of the whole; a class that a draw lacks counts 0."""
    hits = np.diagonal(tables, axis1=1, axis2=2)
    both = tables.sum(axis=1) + tables.sum(axis=2)
    known = whole.sum(axis=0) + whole.sum(axis=1) > 0
    f1 = np.divide(2 * hits, both, out=np.zeros(both.shape), where=both > 0)
    return f1[:, known].mean(axis=1)


def _interval(value: float, drawn: np.ndarray, conf_level: float) -> Interval:
    drawn = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or len(drawn) == 0:
        return Interval(float(value), np.nan, np.nan, METHOD)
    low, high = np.quantile(drawn, [(1 - conf_level) / 2, (1 + conf_level) / 2])
    return Interval(float(value), min(float(low), float(value)), max(float(high), float(value)), METHOD)
