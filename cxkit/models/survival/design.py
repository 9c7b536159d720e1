"""Covariates of a survival model as numbers: dummies against a reference level, nothing constant, nothing redundant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxkit.errors import ArgumentError, did_you_mean
from cxkit.models.survival.survival_cells import Array
from cxkit.stats import adjust
from cxkit.stats.normal import z_p_value, z_quantile

MISSING = "not known"


@dataclass(frozen=True)
class Term:
    """One column of the design: a level of a categorical covariate against its reference, or a numeric covariate (level "")."""

    covariate: str
    level: str = ""
    reference: str = ""

    @property
    def name(self) -> str:
        return f"{self.covariate}={self.level}" if self.level else self.covariate


@dataclass(frozen=True)
class Design:
    """The terms that are estimated, their means, and why others are not (`dropped`: term → reason)."""

    terms: tuple[Term, ...]
    centre: Array
    levels: dict[str, tuple[str, ...]]
    dropped: dict[Term, str]

    def matrix(self, frame: pd.DataFrame) -> Array:
        """Centred covariates, rows × terms; a level that was not there when the design was made, or a missing number, gives NaN."""
        columns = []
        values = {name: _labels(frame[name]) for name in self.levels}
        for term in self.terms:
            if not term.level:
                columns.append(frame[term.covariate].to_numpy(dtype=float, na_value=np.nan))
                continue
            codes, names = values[term.covariate]
            known = np.isin(names, self.levels[term.covariate])
            columns.append(np.where(known, names == term.level, np.nan).astype(float)[codes])
        return np.column_stack(columns) - self.centre if columns else np.zeros((len(frame), 0))


def make_design(frame: pd.DataFrame, covariates: Sequence[str], n_units: Array, n_events: Array) -> Design:
    """Choose references and drop what cannot be estimated.

    Categorical covariates (text, booleans, categories) become dummies; a null is the level "not known". The reference is the level with most
    units among those in which somebody ended, so that no contrast is infinite for want of events in the reference.
    """
    for name in covariates:
        if name not in frame:
            raise ArgumentError(
                f"no covariate `{name}`; there are {', '.join(map(str, frame.columns))}."
                f"{did_you_mean(name, map(str, frame.columns))}"
            )
    terms: list[Term] = []
    levels: dict[str, tuple[str, ...]] = {}
    for name in covariates:
        if is_numeric(frame[name]):
            terms.append(Term(name))
            continue
        codes, names = _labels(frame[name])
        units = np.bincount(codes, n_units, len(names))
        events = np.bincount(codes, n_events, len(names))
        used = [str(label) for label in names[units > 0]]
        levels[name] = tuple(used)
        # Most units among the levels with events; the first in the alphabet of equals.
        reference = min(zip(events == 0, -units, names, strict=True), default=(True, 0, ""))[2]
        if len(used) < 2:
            reference = ""
            terms.append(Term(name, used[0] if used else ""))
        terms.extend(Term(name, level, str(reference)) for level in used if reference and level != reference)
    full = Design(tuple(terms), np.zeros(len(terms)), levels, {})
    x = full.matrix(frame)
    total = max(n_units.sum(), 1)
    centre = (x * n_units[:, None]).sum(axis=0) / total
    keep, dropped = _independent(x - centre, centre, n_units, terms)
    return Design(tuple(terms[k] for k in keep), centre[keep], levels, dropped)


def term_table(terms: Iterable[Term]) -> pd.DataFrame:
    """`covariate, level, reference`, one row a term."""
    rows = [(term.covariate, term.level, term.reference) for term in terms]
    return pd.DataFrame(rows, columns=["covariate", "level", "reference"])


def with_ratios(table: pd.DataFrame, ratio: str, error: str, conf_level: float) -> pd.DataFrame:
    """The table with `ratio`, low, high, p_value, p_adjusted (Benjamini–Hochberg over the terms) of its `coefficient`, by its `error`."""
    b, se = table["coefficient"].to_numpy(float), table[error].to_numpy(float)
    half = z_quantile(conf_level) * se
    with np.errstate(over="ignore"):  # an infinite limit says what a coefficient that is not identified is worth
        limits = {ratio: np.exp(b), "low": np.exp(b - half), "high": np.exp(b + half)}
    p_value = [z_p_value(one / spread) if spread > 0 else np.nan for one, spread in zip(b, se, strict=True)]
    return table.assign(**limits, p_value=p_value, p_adjusted=adjust(p_value, "fdr_bh").p_values)


def is_numeric(column: pd.Series) -> bool:
    """Whether a covariate enters as a number; booleans are two levels."""
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _independent(x: Array, centre: Array, n_units: Array, terms: list[Term]) -> tuple[list[int], dict[Term, str]]:
    """Keep the columns that vary and are not a combination of earlier ones (elimination on their products, as R's coxph)."""
    products = x.T @ (n_units[:, None] * x)
    size = np.diag(products).copy()
    largest = np.maximum(np.abs(centre), np.abs(x).max(axis=0, initial=0))
    keep, dropped = [], {}
    for number, term in enumerate(terms):
        if size[number] <= (1e-10 * largest[number]) ** 2 * max(n_units.sum(), 1):
            dropped[term] = "the same for everybody"
        elif products[number, number] < 1e-10 * size[number]:
            dropped[term] = "a combination of the covariates before it"
        else:
            keep.append(number)
            row = products[number].copy()
            products -= np.outer(row, row) / row[number]
    return keep, dropped


def _labels(column: pd.Series) -> tuple[Array, Array]:
    """Codes and sorted labels of a categorical covariate, null as "not known"."""
    codes, names = pd.factorize(column, use_na_sentinel=True)
    labels = np.append(np.array([str(name) for name in names], dtype=object), MISSING)
    merged, position = np.unique(labels.astype(str), return_inverse=True)
    return position[codes], merged
