"""Small groups where no block is made: bare frames of a cell, and a segment that leaves out few people."""

from collections.abc import Iterable

import pandas as pd

from cxkit.disclosure.bare import MOST_SHOWN, guarded
from cxkit.disclosure.people import is_personal
from cxkit.measurement.ask import Ask
from cxkit.measurement.measure import outside
from cxkit.measurement.query import query_group
from cxkit.measurement.scope import lack
from cxkit.metric import Declared, Metric


def guard_frames(k: int) -> None:
    """Let every bare frame or column that a cell shows go through `guarded`: it stands in the archived notebook and on the page."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None:
        return

    formatters = shell.display_formatter.formatters
    formatters["text/html"].for_type(
        pd.DataFrame, lambda frame: guarded(frame, k).to_html(max_rows=MOST_SHOWN, notebook=True)
    )
    formatters["text/plain"].for_type(pd.DataFrame, lambda frame, printer, cycle: printer.text(repr(guarded(frame, k))))
    formatters["text/plain"].for_type(
        pd.Series,
        lambda column, printer, cycle: printer.text(repr(guarded(column.to_frame(), k).iloc[:, 0].rename(column.name))),
    )
    formatters["text/html"].for_type_by_name(
        "pandas.io.formats.style", "Styler", lambda styled: guarded(styled.data, k).to_html(max_rows=MOST_SHOWN)
    )


def given_away(ask: Ask, metrics: Iterable[Declared]) -> list[str]:
    """Ids of metrics of which fewer than k people lie outside a segment: beside a report on all, it would tell of those few."""
    if not ask.segment:
        return []
    groups: dict[object, list[Metric]] = {}
    for metric in metrics:
        if isinstance(metric, Metric) and is_personal(metric) and not lack(ask.source, metric, ask.segment):
            groups.setdefault(query_group(metric), []).append(metric)
    few = [group for group in groups.values() if 0 < outside(ask, group[0]) < ask.source.settings.k]
    return [metric.id for group in few for metric in group]
