"""Kinds of content with platform, month and money held equal: a log-linear model of the interactions of posts."""

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.social.content import YEAR, exposure, in_year
from cxkit.measurement.ask import Ask
from cxkit.models.newton import by_information, finish
from cxkit.stats.minimum_sizes import NEEDS
from cxkit.stats.normal import t_p_value, t_quantile

LEAST_POSTS = 10  # of a kind; below that a kind is left out
COLUMNS = ["content_type", "n_posts", "ratio", "low", "high", "p_value", "p_adjusted", "verdict"]


def content_effects(ask: Ask, *, days: int = YEAR) -> pd.DataFrame:
    """Interactions of each kind of content against the most frequent kind, over the year up to the period's end.

    A log-linear model with reach (else followers) as exposure and effects of platform, month and promotion. Posts vary more than chance,
    so the errors are robust (the sandwich in its jackknife form, HC3, for kinds of few posts) and the quantiles those of t.

    Returns
    -------
    DataFrame, one row a kind but the most frequent, the strongest first
        `content_type, n_posts, ratio` (1.2 is a fifth more interactions from the same reach), `low, high, p_value, p_adjusted` (Holm),
        `verdict`. Empty below 30 posts or with one kind only.

    References
    ----------
    Gourieroux, Monfort & Trognon (1984), Econometrica 52, 701–720: the estimates hold whatever the spread of the counts;
    MacKinnon & White (1985), Journal of Econometrics 29, 305–325 for HC3.

    Examples
    --------
    >>> import cxkit as cx
    >>> october = Ask(cx.open_data("data/sample"), cx.Period.parse("2026-10"))
    >>> content_effects(october).columns[:3].tolist()
    ['content_type', 'n_posts', 'ratio']
    """
    posts = _posts(in_year(ask, days))
    least = dict((fact, n) for fact, _, n in NEEDS["clustered_ratio"])["n"]
    if len(posts) < least or posts.content_type.nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    return effects(posts, ask.conf_level)


def effects(posts: pd.DataFrame, conf_level: float = 0.95) -> pd.DataFrame:
    """`content_effects` of a frame of posts: content_type, engagements, exposure and columns to hold equal."""
    from statsmodels.genmod.families import Poisson  # statsmodels.api would load all of it
    from statsmodels.genmod.generalized_linear_model import GLM

    counts = posts.content_type.value_counts()
    reference, *others = sorted(counts.index, key=lambda kind: (-counts[kind], kind))
    held = posts.drop(columns=["content_type", "engagements", "exposure"]).astype(str)
    # A column for each kind and for each value held equal, but its first; what does not vary gives none.
    design = pd.concat(
        [
            pd.Series(1.0, posts.index, name="all"),
            *(posts.content_type.eq(kind).astype(float).rename(kind) for kind in others),
            pd.get_dummies(held, drop_first=True, dtype=float),
        ],
        axis=1,
    )
    design = _independent(design)
    count = posts.engagements.astype(float)
    model = GLM(count, design, family=Poisson(), offset=np.log(posts.exposure.astype(float)))
    fitted = model.fit()

    def surface(beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        return float(model.loglike(beta)), model.score(beta), -model.hessian(beta)

    start = fitted.params.to_numpy()
    found, _, _ = finish(surface, by_information, start, surface(start))
    params = pd.Series(found, index=design.columns)
    errors = pd.Series(_robust_errors(design.to_numpy(), count.to_numpy(), model.predict(found)), index=design.columns)
    reach = t_quantile(conf_level, fitted.df_resid)
    rows = []
    for kind in (kind for kind in others if kind in params):
        effect, error = params[kind], errors[kind]
        ends = (effect, effect - reach * error, effect + reach * error)
        rows.append((kind, int(counts[kind]), *np.exp(ends), t_p_value(effect / error, fitted.df_resid)))
    table = pd.DataFrame(rows, columns=COLUMNS[:6])
    table["p_adjusted"] = stats.adjust(table.p_value.to_numpy(float), method="holm").p_values
    table["verdict"] = np.select(
        [~(table.p_adjusted <= 0.05), table.ratio > 1],
        ["no difference beyond noise", f"more than {_said(reference)}, beyond noise"],
        f"less than {_said(reference)}, beyond noise",
    )
    return table.sort_values("ratio", ascending=False, kind="stable", ignore_index=True)


def _robust_errors(design: np.ndarray, count: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Standard errors by the sandwich with each residual as if its post had not been fitted (HC3)."""
    bread = np.linalg.inv((design * expected[:, None]).T @ design)
    leverage = expected * np.einsum("ij,jk,ik->i", design, bread, design)
    scores = design * ((count - expected) / np.maximum(1 - leverage, 1e-9))[:, None]
    return np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))


def _posts(ask: Ask) -> pd.DataFrame:
    if not ask.source.has("social_posts"):
        return pd.DataFrame(columns=["content_type", "engagements", "exposure"])
    relation, where, _ = ask.scope("own_posts")
    by = exposure(ask.source)
    posts = ask.source.sql(
        f"select content_type, platform, is_paid, strftime(published_at, '%Y-%m') as month, engagements, {by} as exposure"
        f" from {relation} where is_mature and engagements is not null and {by} > 0"
        f" and published_at >= $start and published_at < $end and ({where}) order by all",
        **ask.days,
    )
    counts = posts.content_type.value_counts()
    return posts[posts.content_type.isin(counts[counts >= LEAST_POSTS].index)].reset_index(drop=True)


def _independent(design: pd.DataFrame) -> pd.DataFrame:
    """Columns that are no sum of those before them, such as a month in which one platform alone was used."""
    kept: list[str] = []
    for name in design:
        if np.linalg.matrix_rank(design[[*kept, name]].to_numpy()) > len(kept):
            kept.append(str(name))
    return design[kept]


def _said(kind: str) -> str:
    return kind.replace("_", " ")
