"""Pages: exits, what comes after a view, and the table of contents."""

from dataclasses import replace

import pandas as pd

from cxkit.engine.duckdb import literal
from cxkit.measurement.ask import Ask
from cxkit.measurement.parts import Part, rows_by_part
from cxkit.metric import Metric
from cxkit.row import Row

MOST_PAGES = 20
OUTSIDE_THE_FUNNEL = "no step of the funnel: leaving here may be all that was wanted"


def exit_rate(ask: Ask) -> list[Row]:
    """Visits whose last page it was ÷ visits that included it, for the pages of the most visits.

    Every visit ends somewhere, so a change is judged inside the funnel only: on pages where things are put into the cart or a checkout
    begins.

    Returns
    -------
    list of Row, one a page, most visited first
        Segment `page=…`, numerator exits, denominator visits with the page, n_units visitors.
    """
    table = page_table(ask)
    return [
        row if inside else replace(row, shortfall=row.shortfall or OUTSIDE_THE_FUNNEL)
        for row, inside in zip(_of_pages(ask, table, "is_exit"), table.is_funnel_step, strict=True)
    ]


def page_value(ask: Ask) -> list[Row]:
    """Visits that reached a goal after viewing a page ÷ visits that viewed it, for the pages of the most visits.

    Returns
    -------
    list of Row, one a page, most visited first
        Segment `page=…`. What comes after a view is not caused by it.
    """
    return _of_pages(ask, page_table(ask), "leads_to_goal")


def page_table(ask: Ask, *, top: int = MOST_PAGES) -> pd.DataFrame:
    """What each page was for the visits that started in the period; pages with fewer than k visitors are left out.

    Returns
    -------
    DataFrame, one row a page, most visited first
        `page, views, unique_views` (visits with it), `entrances, exits, exit_rate` (NaN outside the funnel), `engaged_s_per_view,
        conversion_after, is_funnel_step`.

    Examples
    --------
    >>> import cxkit as cx
    >>> pages = page_table(Ask(cx.open_data("data/sample"), cx.Period.parse("2026-10")))
    >>> pages.page[pages.exit_rate.notna()].iloc[0]
    '/checkout'
    """
    columns = ["page", "views", "unique_views", "entrances", "exits", "exit_rate", "engaged_s_per_view", "conversion_after", "is_funnel_step"]  # fmt: skip
    if not ask.source.has("events", "page"):
        return pd.DataFrame(columns=columns)
    relation, where, _ = ask.scope("session_pages")
    sums = ask.source.sql(
        f"""
        select page, sum(n_views) as views, count(*) as unique_views, count(*) filter (where is_entry) as entrances,
               count(*) filter (where is_exit) as exits, sum(engagement_time_s) as engaged_s,
               count(*) filter (where leads_to_goal) as goals, bool_or(is_funnel_step) as is_funnel_step
        from {relation}
        where started_at >= $start and started_at < $end and ({where})
        group by page
        having count(distinct visitor_id) >= {ask.source.settings.k}
        order by unique_views desc, page
        limit {top}""",
        **ask.days,
    )
    return sums.assign(
        views=sums.views.astype(int),
        exit_rate=(sums.exits / sums.unique_views).where(sums.is_funnel_step.astype(bool)),
        engaged_s_per_view=sums.engaged_s / sums.views,
        conversion_after=sums.goals / sums.unique_views,
    )[columns]


def _of_pages(ask: Ask, table: pd.DataFrame, numerator: str) -> list[Row]:
    parts: dict[Part, Metric] = {
        ("page", page): Metric(
            id=f"page {place}", title="", view="session_pages", cluster="visitor_id", recipe="clustered_ratio", unit="share",
            numerator=numerator, denominator=f"case when page = {literal(page)} then 1 end", definition="", source="own",
            needs=("events.page",),
        )
        for place, page in enumerate(table.page)
    }  # fmt: skip
    return rows_by_part(ask, parts)
