"""Counts over exposure (recipe count_rate): visits a day, errors an attempt, reviews per 100 orders."""

from math import nan, sqrt

from cxkit.errors import ArgumentError
from cxkit.stats.mover import mover
from cxkit.stats.normal import z_p_value, z_quantile
from cxkit.stats.proportions import proportion
from cxkit.stats.results import Change, Interval, empty_change, empty_interval

# Above this variance/mean the exact Poisson interval is too short to be shown (recipe count_rate).
OVERDISPERSED = 1.5


def poisson_rate(events: float, exposure: float, *, conf_level: float = 0.95) -> Interval:
    """Events per unit of exposure with the exact Poisson interval.

    Parameters
    ----------
    events : float
        Events counted, independent of each other.
    exposure : float
        What they were counted over: days, attempts, customers.

    References
    ----------
    Garwood (1936), Biometrika 28, 437–442.

    Examples
    --------
    >>> errors = poisson_rate(9, 12)
    >>> round(errors.value, 4), round(errors.low, 4), round(errors.high, 4)
    (0.75, 0.3429, 1.4237)
    """
    return _rate(events, exposure, 1.0, "exact Poisson", conf_level)


def count_rate(events: float, exposure: float, sum_sq: float, *, conf_level: float = 0.95) -> Interval:
    """Events per unit of exposure where events come in bunches.

    Parameters
    ----------
    events, exposure : float
        As in `poisson_rate`.
    sum_sq : float
        Σ count² over the clusters (people, posts, days) that the events fell on.

    Returns
    -------
    Interval
        Exact Poisson while φ (see `dispersion`) is at most 1.5; beyond that "quasi-Poisson": the interval of events/φ
        independent events, scaled back.

    Examples
    --------
    >>> twice_each = count_rate(200, 1000, sum_sq=400)
    >>> twice_each.method, round(twice_each.low, 4), round(twice_each.high, 4)
    ('quasi-Poisson', 0.1627, 0.2433)
    """
    phi = dispersion(events, sum_sq)
    if phi > OVERDISPERSED:
        return _rate(events, exposure, phi, "quasi-Poisson", conf_level)
    return poisson_rate(events, exposure, conf_level=conf_level)


def dispersion(events: float, sum_sq: float) -> float:
    """Quasi-Poisson factor φ = Σ count² / Σ count over clusters: the variance of the total over that of a Poisson count.

    1 if no cluster has two events; NaN without events.

    Examples
    --------
    >>> dispersion(events=200, sum_sq=400)
    2.0
    """
    return sum_sq / events if events > 0 else nan


def rate_ratio(x1: float, e1: float, x0: float, e0: float, *, phi: float = 1.0, conf_level: float = 0.95) -> Change:
    """Relative change of a rate, (x1/e1) ÷ (x0/e0) − 1, with score interval and score test.

    Add 1 to `difference`, `low` and `high` for the rate ratio. Given the total, x1 is binomial, so the score interval of
    the ratio is the Wilson interval of x1/(x1 + x0), turned into odds.

    Parameters
    ----------
    x1, e1, x0, e0 : float
        Events and exposure, current and base.
    phi : float
        Dispersion of both, from `dispersion`; the effective counts are x/φ.

    Returns
    -------
    Change
        Interval NaN if the base has no events (no ratio exists; the p-value stands). NaN throughout without exposure.

    References
    ----------
    Ng & Tang (2005), Statistics in Medicine 24, 955–965.

    Examples
    --------
    >>> contacts = rate_ratio(132, 1, 96, 1)
    >>> [round(1 + number, 4) for number in contacts[:3]], round(contacts.p_value, 4)
    ([1.375, 1.0579, 1.7871], 0.0171)
    """
    method = "score" if phi == 1 else "quasi-Poisson score"
    _check(x1, e1)
    _check(x0, e0)
    if not (e1 > 0 and e0 > 0):
        return empty_change(method)
    p_value = _score_p_value(x1, e1, x0, e0, phi)
    if x0 == 0:
        return Change(nan, nan, nan, p_value, method)
    total = (x1 + x0) / phi
    part = proportion(x1 / phi, total, conf_level=conf_level)
    low, high = (limit / (1 - limit) * e0 / e1 - 1 for limit in (part.low, part.high))
    difference = (x1 / e1) / (x0 / e0) - 1
    return Change(difference, min(low, difference), max(high, difference), p_value, method)


def rate_change(x1: float, e1: float, x0: float, e0: float, *, phi: float = 1.0, conf_level: float = 0.95) -> Change:
    """Difference of two rates in events per unit of exposure; the test is that of `rate_ratio`.

    Examples
    --------
    >>> change = rate_change(132, 30, 96, 30)
    >>> round(change.difference, 2), change.low > 0, round(change.p_value, 4)
    (1.2, True, 0.0171)
    """
    method = "exact Poisson, MOVER; score" if phi == 1 else "quasi-Poisson, MOVER; score"
    _check(x1, e1)
    _check(x0, e0)
    if not (e1 > 0 and e0 > 0):
        return empty_change(method)
    current, base = (_rate(x, e, phi, "", conf_level) for x, e in ((x1, e1), (x0, e0)))
    return Change(*mover(current, base), _score_p_value(x1, e1, x0, e0, phi), method)


def stock_change(gained: int, lost: int, *, conf_level: float = 0.95) -> Change:
    """The change of one stock of units between two moments: those gained less those lost, each a Poisson count.

    Units that are there at both moments are the same ones, and no chance of theirs is in the change.

    Examples
    --------
    >>> change = stock_change(60, 30)
    >>> change.difference, change.low > 0
    (30, True)
    """
    difference, spread = gained - lost, sqrt(gained + lost)
    half = z_quantile(conf_level) * spread
    p_value = z_p_value(difference / spread) if spread else 1.0
    return Change(difference, difference - half, difference + half, p_value, "gained − lost")


def _score_p_value(x1: float, e1: float, x0: float, e0: float, phi: float) -> float:
    if x1 * e0 == x0 * e1:
        return 1.0
    share = e1 / (e1 + e0)
    total = x1 + x0
    return z_p_value((x1 - total * share) / sqrt(phi * total * share * (1 - share)))


def _rate(events: float, exposure: float, phi: float, method: str, conf_level: float) -> Interval:
    z_quantile(conf_level)  # refuses a wrong level in words
    _check(events, exposure)
    if not exposure > 0:
        return empty_interval(method)
    from scipy.special import gammaincinv

    effective, tail = events / phi, (1 - conf_level) / 2
    low = float(gammaincinv(effective, tail)) if events > 0 else 0.0
    high = float(gammaincinv(effective + 1, 1 - tail))
    return Interval(events / exposure, low * phi / exposure, high * phi / exposure, method)


def _check(events: float, exposure: float) -> None:
    if events < 0 or exposure < 0:
        raise ArgumentError(f"A rate of {events:g} events over {exposure:g} is impossible: both must be 0 or more.")
