"""The index over all reports of a folder: every period with its state, and its headline figures over time."""

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from nbformat.v4 import new_notebook

from cxkit.errors import CxError
from cxkit.flags import Flag, flags_of
from cxkit.markup import element, joined
from cxkit.period import Period
from cxkit.report.kept import manifest
from cxkit.report.kept.earlier_report import read_rows
from cxkit.report.page.render import Head, fill

COLUMNS = ["metric_id", "title", "period_start", "value", "ci_low", "ci_high", "unit"]


@dataclass(frozen=True)
class Kept:
    """A report in the folder."""

    folder: Path
    content: Mapping[str, Any]

    @property
    def period(self) -> Period:
        return Period.parse(self.content["period"])

    @property
    def data(self) -> str:
        return str(self.content["data"]["name"])

    @property
    def title(self) -> str:
        """The company's name for its data; reports of an earlier version know the folder's name alone."""
        return str(self.content["data"].get("title") or self.data)

    @property
    def headlines(self) -> list[str]:
        """Ids of the headline metrics of its notebooks."""
        return [name for entry in self.content["notebooks"].values() for name in entry.get("headline", [])]


def find(out: Path) -> list[Kept]:
    """The reports of a folder, newest period first; what cannot be read is no report."""
    found = []
    for path in sorted(out.glob(f"*/{manifest.NAME}")):
        if path.parent.name.startswith("."):
            continue
        with contextlib.suppress(CxError, KeyError, TypeError):
            kept = Kept(path.parent, manifest.read(path.parent))
            _ = kept.period, kept.data, kept.headlines
            found.append(kept)
    return sorted(found, key=lambda kept: (kept.period.start, kept.period.days, kept.folder.name), reverse=True)


def write_overview(out: Path) -> Path:
    """Write `index.html` over the reports of a folder, in one step."""
    descriptor, name = tempfile.mkstemp(prefix=".index-", dir=out)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(render_overview(find(out)))
    Path(name).chmod(0o644)
    Path(name).replace(out / "index.html")
    return out / "index.html"


def render_overview(reports: Sequence[Kept]) -> str:
    """The page as HTML."""
    groups: dict[tuple[str, str], list[Kept]] = {}
    for kept in reports:
        groups.setdefault((kept.data, kept.period.kind), []).append(kept)
    parts, contents, drawn = [], [], False
    for number, ((_, kind), some) in enumerate(groups.items(), start=1):
        heading = some[0].title + (f", by {kind}" if kind != "days" else ", other spans")
        contents.append((f"group-{number}", heading))
        figure = _figure(some)
        drawn = drawn or bool(figure)
        parts += [element("h2", heading, id=f"group-{number}"), element("ul", *map(_line, some)), figure]
    pairs = [("Reports", str(len(reports))), ("Newest", reports[0].period.title)] if reports else []
    return fill(
        new_notebook(),
        Head("All reports", "Every period that was reported on, newest first.", facts=pairs),
        contents=contents,
        foot="cxkit · figures from the metrics.csv of each report",
        tail=joined(parts) or element("p", "There are no reports yet."),
        with_figures=drawn,
    )


def _line(kept: Kept) -> Markup:
    entries = kept.content["notebooks"]
    failed = [name for name, entry in entries.items() if entry["state"] != "done"]
    said = f"{len(entries)} {'page' if len(entries) == 1 else 'pages'}, made on {_day(str(kept.content['made_at']))}"
    bad = element("strong", f" {len(failed)} failed: {', '.join(failed)}.") if failed else ""
    title = kept.period.title[:1].upper() + kept.period.title[1:]
    link = element("a", title, href=f"{kept.folder.name}/index.html")
    named = f" ({kept.folder.name})" if kept.folder.name != kept.content["period"] else ""
    figures = element("a", "metrics.csv", href=f"{kept.folder.name}/metrics.csv")
    return element("li", link, f"{named}: {said}, ", figures, ".", bad)


def _day(made_at: str) -> str:
    when = date.fromisoformat(made_at[:10])
    return f"{when.day}\N{NO-BREAK SPACE}{when:%B}\N{NO-BREAK SPACE}{when.year}"


def _figure(reports: Sequence[Kept]) -> Markup:
    """Small multiples of the headline figures; nothing before there are two periods of one length."""
    frame = history(reports)
    frame = frame[frame.groupby("metric_id").period_start.transform("nunique") > 1]
    if frame.empty:
        return Markup("")
    from cxkit import charts

    moved = [
        f"{title} {'rose' if some.value.iloc[-1] > some.value.iloc[0] else 'fell'}"
        for title, some in frame.groupby("title", sort=False)
        if len(some) > 1 and some.value.iloc[-1] != some.value.iloc[0]
    ]
    periods = frame.period_start.nunique()
    newest = max(reports, key=lambda kept: str(kept.content["made_at"]))
    currency = str(newest.content.get("currency") or "")
    in_money = f" Money in {currency}." if currency and "money" in set(frame.unit) else ""
    with charts.spoken(str(newest.content.get("locale") or "en")):
        figure = charts.small_multiples(
            frame,
            words=charts.Words(currency=currency),
            caption=f"Headline figures over {periods} periods, as their reports gave them. Band: each figure's interval.{in_money}",
            alt=f"Small line charts of {frame.title.nunique()} figures over {periods} periods, from first to last: {'; '.join(moved) or 'none moved'}.",
        )
    return figure.figure_html()


def history(reports: Sequence[Kept]) -> pd.DataFrame:
    """Headline figures by period, oldest first, of periods that were finished; of two reports on one period the newer counts."""
    newest: dict[str, Kept] = {}
    for kept in sorted(reports, key=lambda kept: str(kept.content["made_at"])):
        newest[kept.content["period"]] = kept
    rows = []
    for kept in newest.values():
        wanted = kept.headlines
        found: dict[str, Mapping[str, str]] = {}
        for row in read_rows(kept.folder):
            if (
                row["metric_id"] in wanted
                and not row["segment"]
                and row["value"]
                and Flag.UNFINISHED not in flags_of(row["flags"])
            ):
                found.setdefault(row["metric_id"], row)
        rows += [found[name] for name in dict.fromkeys(wanted) if name in found]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("value", "ci_low", "ci_high"):
        frame[name] = pd.to_numeric(frame[name])
    return frame.sort_values("period_start", kind="stable", ignore_index=True)
