"""Pages: exits, what comes after a view, and the table of contents."""

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.engine.duckdb import literal
from cxkit.measurement.parts import Part, measure_parts
from cxkit.measurement.scope import scope
from cxkit.metric import Metric
from cxkit.period import Period

MOST_PAGES = 20
OUTSIDE_THE_FUNNEL = "no step of the funnel: leaving here may be all that was wanted"


def exit_rate(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Visits whose last page it was ÷ visits that included it, for the pages of the most visits.

    Every visit ends somewhere, so a change is judged inside the funnel only: on pages where things are put into the cart or a checkout
    begins.

    Returns
    -------
    DataFrame, one row a page, most visited first
        For `measure`: segment `page=…`, numerator exits, denominator visits with the page, n_units visitors.
    """
    parts, table = _of_pages(source, period, segment, "is_exit")
    frame = measure_parts(source, parts, period, base, segment=segment, conf_level=conf_level)
    if base and len(frame):
        outside = ~table.is_funnel_step.to_numpy(bool)
        frame.loc[outside & frame.shortfall.eq("").to_numpy(), "shortfall"] = OUTSIDE_THE_FUNNEL
    return frame


def page_value(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Visits that reached a goal after viewing a page ÷ visits that viewed it, for the pages of the most visits.

    Returns
    -------
    DataFrame, one row a page, most visited first
        For `measure`: segment `page=…`. What comes after a view is not caused by it.
    """
    parts, _ = _of_pages(source, period, segment, "leads_to_goal")
    return measure_parts(source, parts, period, base, segment=segment, conf_level=conf_level)


def page_table(source: Source, period: Period, *, segment: str = "", top: int = MOST_PAGES) -> pd.DataFrame:
    """What each page was for the visits that started in the period; pages with fewer than k visitors are left out.

    Returns
    -------
    DataFrame, one row a page, most visited first
        `page, views, unique_views` (visits with it), `entrances, exits, exit_rate` (NaN outside the funnel), `engaged_s_per_view,
        conversion_after, is_funnel_step`.

    Examples
    --------
    >>> import cxkit as cx
    >>> pages = page_table(cx.open_data("data/sample"), cx.Period.parse("2026-10"))
    >>> pages.page[pages.exit_rate.notna()].iloc[0]
    '/checkout'
    """
    columns = ["page", "views", "unique_views", "entrances", "exits", "exit_rate", "engaged_s_per_view", "conversion_after", "is_funnel_step"]  # fmt: skip
    if not source.has("events", "page"):
        return pd.DataFrame(columns=columns)
    relation, where, _ = scope(source, "session_pages", None, segment)
    sums = source.sql(
        f"""
        select page, sum(n_views) as views, count(*) as unique_views, count(*) filter (where is_entry) as entrances,
               count(*) filter (where is_exit) as exits, sum(engagement_time_s) as engaged_s,
               count(*) filter (where leads_to_goal) as goals, bool_or(is_funnel_step) as is_funnel_step
        from {relation}
        where started_at >= $start and started_at < $end and ({where})
        group by page
        having count(distinct visitor_id) >= {source.settings.k}
        order by unique_views desc, page
        limit {top}""",
        start=period.start,
        end=period.end,
    )
    return sums.assign(
        views=sums.views.astype(int),
        exit_rate=(sums.exits / sums.unique_views).where(sums.is_funnel_step.astype(bool)),
        engaged_s_per_view=sums.engaged_s / sums.views,
        conversion_after=sums.goals / sums.unique_views,
    )[columns]


def _of_pages(source: Source, period: Period, segment: str, numerator: str) -> tuple[dict[Part, Metric], pd.DataFrame]:
    table = page_table(source, period, segment=segment)
    parts = {
        ("page", page): Metric(
            id=f"page {place}", title="", view="session_pages", cluster="visitor_id", recipe="clustered_ratio", unit="share",
            numerator=numerator, denominator=f"case when page = {literal(page)} then 1 end", definition="", source="own",
            needs=("events.page",),
        )
        for place, page in enumerate(table.page)
    }  # fmt: skip
    return parts, table
