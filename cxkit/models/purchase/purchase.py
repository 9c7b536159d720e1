"""Fits of the models for customers who buy when they like and leave without a word."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cxkit.errors import ArgumentError, DataError
from cxkit.models.fit import DETERMINED, Fit
from cxkit.models.maximise import THIN_ABOVE, LogLikelihood, alternatives, maximise
from cxkit.models.rows import Array, Rows, levels

DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class PurchaseModel(ABC):
    """What a model must know. Parameters come as an array in the order of `param_names`.

    `name` is as the literature calls it; `time_params` are those measured in time, which follow the table's unit.
    """

    name: str
    param_names: tuple[str, ...]
    time_params: tuple[str, ...]

    @abstractmethod
    def starts(self, rows: Rows) -> list[Array]:
        """Log parameters to begin at."""

    @abstractmethod
    def log_likelihood(self, rows: Rows) -> LogLikelihood:
        """Prepare the likelihood of a table."""

    @abstractmethod
    def p_alive(self, params: Array, x: Array, recency: Array, T: Array) -> Array:
        """P(still a customer at T)."""

    @abstractmethod
    def alive_moments(self, params: Array, x: Array, T: Array, horizon: float) -> tuple[Array, Array]:
        """E[Y] and E[Y(Y − 1)] of the purchases Y in (T, T + horizon] of a customer who is alive at T."""

    @abstractmethod
    def alive_discounted(self, params: Array, x: Array, T: Array, times: Array, factors: Array) -> Array:
        """Purchases after T of a customer alive at T, those in (times[k−1], times[k]] weighted by factors[k]."""

    @abstractmethod
    def future_counts(self, params: Array, x: Array, T: Array, horizon: float, most: int) -> Array:
        """P(Y = 0 … most) of the purchases Y in (T, T + horizon] of customers alive at T: shape (customers, most + 1)."""

    @abstractmethod
    def leaving(self, params: Array, rows: Rows) -> str:
        """What the data say of how customers leave, where its parameters ran away."""


@dataclass(frozen=True, kw_only=True)
class PurchaseFit(Fit):
    """A purchase model with its parameters, its unit of time and its dates.

    `time_unit` is "day" or "week"; `until` the last day of observation, from which horizons count; None if the table did
    not say. Times in `params` are in `time_unit`. See `Fit` for the rest.
    """

    model: PurchaseModel = field(repr=False)
    time_unit: str
    until: date | None
    alternatives: Array = field(default_factory=lambda: np.empty((0, 0)), repr=False)

    def p_alive(self, customers: pd.DataFrame) -> pd.Series:
        """Probability that each customer (one row a `frequency, recency, T`) still is one at T."""
        rows = _columns(customers)
        alive = self.model.p_alive(self.values, *rows) if self.usable else np.full(len(customers), np.nan)
        return pd.Series(alive, index=customers.index, name="p_alive")

    def expected_purchases(self, customers: pd.DataFrame, horizon: float | str | date) -> pd.Series:
        """Expected purchases of each customer in (T, T + horizon].

        Parameters
        ----------
        customers : DataFrame with `frequency, recency, T` in the fit's `time_unit`
        horizon : a date (the last day that counts), or a number of `time_unit`s

        Examples
        --------
        >>> import cxkit as cx
        >>> from cxkit.models.purchase.bgnbd import fit_bgnbd
        >>> from cxkit.areas.value.purchase_history import purchase_history
        >>> fit = fit_bgnbd(purchase_history(cx.open_data("data/cdnow"), "1997-09-30"))
        >>> one = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
        >>> round(float(fit.expected_purchases(one, 39)[0]), 3)
        1.226
        """
        x, recency, T = _columns(customers)
        expected = np.full(len(x), np.nan)
        if self.usable:
            pairs, back = distinct(x, T)
            alone = self.model.alive_discounted(self.values, *pairs, np.array([self.length(horizon)]), np.ones(1))
            expected = self.model.p_alive(self.values, x, recency, T) * alone[back]
        return pd.Series(expected, index=customers.index, name="expected_purchases")

    def moments(self, customers: pd.DataFrame, horizon: float | str | date) -> tuple[Array, Array]:
        """Mean and variance of each customer's purchases in (T, T + horizon], given the parameters."""
        x, recency, T = _columns(customers)
        if not self.usable:
            return np.full(len(x), np.nan), np.full(len(x), np.nan)
        alive = self.model.p_alive(self.values, x, recency, T)
        pairs, back = distinct(x, T)
        first, second = self.model.alive_moments(self.values, pairs[0], pairs[1], self.length(horizon))
        mean = alive * first[back]
        return mean, np.maximum(alive * (first + second)[back] - mean**2, 0.0)

    def length(self, horizon: float | str | date) -> float:
        """A horizon in `time_unit`s: a date counts from `until`, a number is taken as it is."""
        if isinstance(horizon, (int, float, np.number)):
            length = float(horizon)
        else:
            if self.until is None:
                raise ArgumentError(
                    "The fit does not know the last day that was observed, so a date as horizon has no length. "
                    'Set customers.attrs["until"] before the fit, or give the horizon as a number of '
                    f"{self.time_unit}s."
                )
            length = (as_date(horizon) - self.until).days / DAYS[self.time_unit]
        if not length >= 0:
            raise ArgumentError(f"The horizon {horizon} lies before the end of observation ({self.until}).")
        return length


def fit_purchases(model: PurchaseModel, customers: pd.DataFrame) -> PurchaseFit:
    """Fit one purchase model by maximum likelihood; `fit_bgnbd` and its sisters say what goes in and out."""
    rows = Rows.of(customers)
    about: dict[str, Any] = {
        "name": model.name,
        "model": model,
        "n_customers": round(rows.n_customers),
        "time_unit": _unit(customers),
        "until": as_date(customers.attrs["until"]) if customers.attrs.get("until") is not None else None,
    }
    nothing = _nothing_to_learn(rows, about["time_unit"])
    if nothing:
        return PurchaseFit.degenerate(model.param_names, nothing, **about)
    coarse = model.log_likelihood(rows.every(20)) if len(rows) > THIN_ABOVE else None
    likelihood = model.log_likelihood(rows)
    top = maximise(likelihood, model.starts(rows), coarse)
    if not np.isfinite(top.log_likelihood):
        reason = "The likelihood is not finite at any parameters: check the table's values."
        return PurchaseFit.degenerate(model.param_names, reason, **about)
    scale = np.where([name in model.time_params for name in model.param_names], rows.scale, 1.0)
    return PurchaseFit.at_top(
        top, model.param_names, scale, lambda loose, params: _reason(model, loose, params, rows),
        # Times were divided by `scale`; each repeat purchase is a density in time.
        log_likelihood=top.log_likelihood - rows.n_repeats * float(np.log(rows.scale)),
        alternatives=np.exp(alternatives(likelihood, top)) * scale,
        **about,
    )  # fmt: skip


def _nothing_to_learn(rows: Rows, unit: str) -> str:
    """Why no model can be fitted, or an empty string."""
    if len(rows) == 0:
        return "There are no customers in the table."
    exposure = float(rows.T @ rows.n) * rows.scale
    if exposure == 0:
        return "Every customer's first purchase falls on the last day of observation: nothing could follow yet."
    if rows.n_repeats == 0:
        return (
            f"None of the {rows.n_customers:,.0f} customers bought again in {exposure:,.0f} customer-{unit}s. What can be said: "
            f"repeat purchases are rarer than {3 / exposure:.2g} per customer and {unit} (95 %)."
        )
    return ""


def distinct(x: Array, T: Array) -> tuple[tuple[Array, Array], np.ndarray]:
    """Distinct (x, T) pairs, and for each row which pair it is."""
    values, back = levels(T)
    pairs, rows = levels(x.astype(np.int64) * len(values) + back)
    return ((pairs // len(values)).astype(float), values[pairs % len(values)]), rows


def as_date(value: str | date) -> date:
    """A date from a date, a timestamp or ISO text."""
    try:
        return pd.Timestamp(value).date()
    except (TypeError, ValueError):
        raise ArgumentError(f"`{value}` is no date. Write it as 2026-10-31.") from None


def _reason(model: PurchaseModel, loose: list[str], params: Array, rows: Rows) -> str:
    if not loose:
        return DETERMINED
    said = [model.leaving(params, rows)] if set(model.param_names[2:]) & set(loose) else []
    if {"r", "alpha"} & set(loose):
        said.append(
            "customers do not differ visibly in how often they buy: one rate fits as well as any spread (r and alpha)"
        )
    return (
        f"Not determined by these {rows.n_customers:,.0f} customers: {', '.join(loose)}. {'; '.join(said).capitalize()}. "
        "Expected purchases and P(alive) stand; these parameters have no standard errors, and intervals of totals reach over all that the "
        "data do not rule out. A penalty would only hide this; more customers or a longer time would not."
    )


def _unit(customers: pd.DataFrame) -> str:
    unit = customers.attrs.get("time_unit", "day")
    if unit not in DAYS:
        raise DataError(f'customers.attrs["time_unit"] is `{unit}`. It takes: {", ".join(DAYS)}.')
    return str(unit)


def _columns(customers: pd.DataFrame) -> tuple[Array, Array, Array]:
    rows = Rows.of(customers.drop(columns="n_customers", errors="ignore"))
    return rows.x.astype(float), rows.recency * rows.scale, rows.T * rows.scale
