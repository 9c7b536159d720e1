"""Net scores (recipe net_score): promoters − detractors, positive − negative, on −100 … +100."""

from math import sqrt

from cxkit.errors import ArgumentError
from cxkit.stats.normal import z_p_value, z_quantile
from cxkit.stats.results import Change, Interval, empty_change, empty_interval

METHOD = "adjusted Wald for net scores"


def net_score(
    positive: float, neutral: float, negative: float, *, population: float | None = None, conf_level: float = 0.95
) -> Interval:
    """Net score × 100 with the adjusted Wald interval.

    The interval is centred on the adjusted score (¾ added to either extreme, 3 to n); `value` is the raw score, which in
    small, one-sided samples can lie outside. Limits are clipped to ±100.

    Parameters
    ----------
    positive, neutral, negative : float
        Respondents per class, for NPS 9–10, 7–8 and 0–6.
    population : float, optional
        How many could have answered (staff, for eNPS); if more than 10 % did, the finite-population correction applies.

    References
    ----------
    Bonett & Price (2012) for the ¾; Sauro (MeasuringU), "Confidence intervals for net promoter scores".

    Examples
    --------
    >>> nps = net_score(60, 25, 15)
    >>> round(nps.value, 2), round(nps.low, 2), round(nps.high, 2)
    (45.0, 29.34, 58.04)
    """
    z = z_quantile(conf_level)
    n = _total(positive, neutral, negative)
    if not n > 0:
        return empty_interval(METHOD)
    score, error = adjusted_net_score(positive, neutral, negative)
    if population is not None:
        error *= _finite_population(n, population)
    low, high = max(score - z * error, -100.0), min(score + z * error, 100.0)
    return Interval(100 * (positive - negative) / n, low, high, METHOD)


def net_score_change(
    current: tuple[float, float, float], base: tuple[float, float, float], *, conf_level: float = 0.95
) -> Change:
    """Difference of two net scores in points.

    Parameters
    ----------
    current, base : (positive, neutral, negative)
        Respondents per class, independent groups.

    Returns
    -------
    Change
        `difference` is that of the raw scores, as a reader would subtract them; interval and z test are centred on the
        difference of the adjusted scores.

    Examples
    --------
    >>> change = net_score_change((60, 25, 15), (45, 30, 25))
    >>> [round(number, 4) for number in change[:4]]
    [25.0, 3.0433, 45.5003, 0.025]
    """
    z = z_quantile(conf_level)
    n1, n0 = _total(*current), _total(*base)
    if not (n1 > 0 and n0 > 0):
        return empty_change(METHOD)
    (score1, error1), (score0, error0) = adjusted_net_score(*current), adjusted_net_score(*base)
    centre, error = score1 - score0, sqrt(error1**2 + error0**2)
    raw = 100 * ((current[0] - current[2]) / n1 - (base[0] - base[2]) / n0)
    low, high = max(centre - z * error, -200.0), min(centre + z * error, 200.0)
    return Change(raw, low, high, z_p_value(centre / error), METHOD)


def adjusted_net_score(positive: float, neutral: float, negative: float) -> tuple[float, float]:
    """Adjusted score × 100 and its standard error.

    Examples
    --------
    >>> score, error = adjusted_net_score(60, 25, 15)
    >>> round(score, 2), round(error, 2)
    (43.69, 7.32)
    """
    n = _total(positive, neutral, negative) + 3
    p, d = (positive + 0.75) / n, (negative + 0.75) / n
    return 100 * (p - d), 100 * sqrt((p + d - (p - d) ** 2) / n)


def _finite_population(n: float, population: float) -> float:
    if population < n:
        raise ArgumentError(
            f"{n:g} answers from a population of {population:g}: give the number who could have answered."
        )
    return sqrt((population - n) / (population - 1)) if population > 1 and n > 0.1 * population else 1.0


def _total(positive: float, neutral: float, negative: float) -> float:
    if min(positive, neutral, negative) < 0:
        raise ArgumentError("A net score has a negative count; expected three counts of respondents.")
    return positive + neutral + negative
