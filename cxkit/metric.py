"""A metric is a declaration: what is counted, over what, who is independent, and how sure one can be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from cxkit.errors import ArgumentError, did_you_mean

RECIPES = {
    "proportion": "proportion of independent units: Wilson interval; N−1 test, Newcombe interval of the difference",
    "small_proportion": "small-sample proportion: adjusted Wald (Agresti–Coull) interval; N−1 test",
    "clustered_ratio": "ratio of sums with repeated measures: delta method on totals per cluster",
    "count_rate": "count over exposure: exact Poisson interval, widened when the count is overdispersed; rate ratio",
    "skewed_time": "complete, right-skewed times: geometric mean under 25, median from 25 on",
    "heavy_tailed_mean": "heavy-tailed money or time: analytic BCa interval over people",
    "rating_mean": "mean of a bounded rating: t interval; Welch test",
    "net_score": "net score: adjusted Wald interval (three quarters added to each extreme class)",
}
PEOPLE, PARTICIPANTS, EMPLOYEES, THINGS = "people", "participants", "employees", "things"
COUNTED = (PEOPLE, PARTICIPANTS, EMPLOYEES, THINGS)
#: What the rows of a view are, where they are no people: of anything else it is assumed. Recruited participants agreed to be reported on
#: and are few by design.
_ROWS_ARE = {
    "attempts": PARTICIPANTS, "sus_scores": PARTICIPANTS, "task_answers": PARTICIPANTS,
    "posts": THINGS, "own_posts": THINGS, "social_days": THINGS,
}  # fmt: skip
UNITS = ("share", "count", "seconds", "days", "money", "ratio", "score", "rate")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure, declared. `measure` computes it and is the only place that divides.

    Attributes
    ----------
    id, title : str
        The id is what a person would say, with underscores.
    view : str
        The view or table whose rows are the units.
    numerator, denominator : str
        SQL over one row of the view; a boolean counts as 1 or 0. A null denominator leaves the row out.
        For count_rate a missing denominator means days of exposure; for skewed_time and rating_mean the numerator is the measured value;
        for net_score the numerator is +1, 0 or −1.
    cluster : str, optional
        SQL naming who is independent (a visitor, a recipient). Without it every row is.
    per_cluster : bool
        Numerator and denominator are SQL aggregates over a cluster's rows of the period (`count(*) >= 2`), so that
        a visitor with three sessions counts once.
    recipe : str
        A key of `RECIPES`.
    unit, better : str
        One of `UNITS`; up, down or none.
    definition, source : str
        One sentence a reader understands; who defines it so.
    needs : tuple of str
        `table.column` that must be supplied; otherwise the metric is off, and says which. Of `a.x or b.y` one is enough.
    time : str
        The column of the view that puts a row into a period.
    window_days : float
        How long a unit needs until its outcome is known. Younger units are left out and counted.
    excluded : str, optional
        SQL giving the reason why a row is left out, or null.
    of_money : bool
        Numerator and denominator are amounts, as in a renewal rate by value.
    counts : str
        Whom its units are, which decides from how few on they may be seen. people: groups under k are hidden; employees: under ten, however
        small k is; participants of a study, and things such as posts: never. By default what the rows of the view are, else people.
    noun : str
        What the denominator counts, in words, where that is not the rows of the view.
    differs : str
        Why other tools show another figure.
    version : int
        Raised when the definition changes, so that a series is not joined across it.
    """

    id: str
    title: str
    view: str
    numerator: str
    denominator: str | None = "true"
    cluster: str | None = None
    per_cluster: bool = False
    recipe: str
    unit: str
    better: str = "none"
    definition: str
    source: str
    needs: tuple[str, ...] = ()
    time: str = "started_at"
    window_days: float = 0
    excluded: str | None = None
    of_money: bool = False
    counts: str = ""
    noun: str = ""
    differs: str = ""
    version: int = 1

    rtol: ClassVar[float] = 0.0  # what is counted is exact

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", self.counts or _ROWS_ARE.get(self.view, PEOPLE))
        allowed_in = {"recipe": RECIPES, "unit": UNITS, "better": ("up", "down", "none"), "counts": COUNTED}
        for field, allowed in allowed_in.items():
            if (given := getattr(self, field)) not in allowed:
                raise ArgumentError(f"metric {self.id}: {field} must be one of {', '.join(allowed)}; not {given!r}.")
        if isinstance(self.needs, str):
            raise ArgumentError(f"metric {self.id}: needs is a tuple, of one column too: needs=({self.needs!r},).")
        if self.per_cluster and self.cluster is None:
            raise ArgumentError(f"metric {self.id}: per_cluster needs a cluster.")

    @property
    def is_median(self) -> bool:
        """Whether half of its units lie on either side of it."""
        return self.recipe == "skewed_time"

    @property
    def formula(self) -> str:
        """Numerator over denominator, as they are computed."""
        if self.denominator in (None, "true"):
            return self.numerator
        return f"{self.numerator} ÷ {self.denominator}"


@dataclass(frozen=True, kw_only=True)
class Described:
    """A figure that is no ratio over the rows of a view: a plain function computes it, `measure` gives it its place.

    Attributes
    ----------
    function : callable
        `function(ask)` gives a list of `cxkit.row.Row`; `ask` is a `cxkit.measurement.ask.Ask` about the days that the data cover, its
        `base` None where nothing is compared.
    rtol : float
        Relative difference that its numbers may have between machines, as they come from a fit or an iteration; 0 for what is exact.
    is_median : bool
        Whether half of its units lie on either side of it: k people are needed on each.
    id, title, unit, better, definition, source, needs, of_money, counts, noun, differs, version
        As in `Metric`; `counts` is people where it is not said.
    """

    id: str
    title: str
    function: Callable[..., Any]
    unit: str
    better: str = "none"
    definition: str
    source: str
    needs: tuple[str, ...] = ()
    of_money: bool = False
    counts: str = PEOPLE
    is_median: bool = False
    noun: str = ""
    differs: str = ""
    version: int = 1
    rtol: float = 0.0

    def __post_init__(self) -> None:
        for field, allowed in {"unit": UNITS, "better": ("up", "down", "none"), "counts": COUNTED}.items():
            if (given := getattr(self, field)) not in allowed:
                raise ArgumentError(f"metric {self.id}: {field} must be one of {', '.join(allowed)}; not {given!r}.")

    @property
    def formula(self) -> str:
        """The function, by its full name."""
        return f"{self.function.__module__}.{self.function.__qualname__}"


Declared = Metric | Described

_AREAS: dict[str, Callable[[], list[tuple[str, Declared]]]] = {}


@cache
def catalogue() -> dict[str, Declared]:
    """Every metric of every area, by id.

    Examples
    --------
    >>> catalogue()["bounce_rate"].view
    'sessions'
    """
    found: dict[str, Declared] = {}
    for metrics in areas().values():
        for metric in metrics:
            if found.setdefault(metric.id, metric) is not metric:
                raise ArgumentError(f"metric id {metric.id} is declared twice.")
    return found


def areas() -> dict[str, list[Declared]]:
    """The metrics of each area that registered, in the order in which they are declared."""
    return {area: [metric for _, metric in _metrics_of(area)] for area in sorted(_AREAS)}


@cache
def names() -> dict[str, str]:
    """What an analyst writes for each metric, by id.

    Examples
    --------
    >>> names()["bounce_rate"]
    'engagement.BOUNCE_RATE'
    """
    return {metric.id: f"{area}.{name}" for area in sorted(_AREAS) for name, metric in _metrics_of(area)}


def register(area: str, declared: Callable[[], list[tuple[str, Declared]]]) -> None:
    """Add the metrics of an area, with their names, to the catalogue; `declared` is called when somebody asks for them."""
    _AREAS[area] = declared
    _metrics_of.cache_clear()
    catalogue.cache_clear()
    names.cache_clear()


@cache
def _metrics_of(area: str) -> list[tuple[str, Declared]]:
    return _AREAS[area]()


def find(ids: Iterable[str]) -> list[Declared]:
    """Metrics by id.

    Raises
    ------
    ArgumentError
        An id that no module declares; names the nearest.
    """
    known = catalogue()
    for name in (ids := list(ids)):
        if name not in known:
            raise ArgumentError(f"there is no metric {name!r}.{did_you_mean(name, known)}")
    return [known[name] for name in ids]
