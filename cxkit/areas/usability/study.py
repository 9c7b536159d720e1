"""One usability study: its tasks, its designs compared, its questionnaire, and how large the next one should be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from math import exp, nan, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.dataset.kept import kept
from cxkit.dataset.source import Source
from cxkit.disclosure.marked import counting
from cxkit.errors import ArgumentError, did_you_mean
from cxkit.measurement.ask import EVERYBODY
from cxkit.models.survival.kaplan_meier import kaplan_meier
from cxkit.period import DAY, Period
from cxkit.segment import Segment

if TYPE_CHECKING:
    from cxkit.report.notebook.notebook import Report

# Sauro & Lewis (2016), Quantifying the User Experience, table 8.5: the lowest score of each grade.
GRADES: Mapping[str, float] = {
    "A+": 84.1, "A": 80.8, "A−": 78.9, "B+": 77.2, "B": 74.1, "B−": 72.6, "C+": 71.1, "C": 65.0, "C−": 62.7, "D": 51.7, "F": 0.0,
}  # fmt: skip
HALF_WIDTHS = (0.20, 0.15, 0.10, 0.05)
FEW = 5  # of fewer no test is made, and no curve is drawn


@dataclass(frozen=True)
class UsabilityStudy:
    """A study found in `usability_tasks`, or none.

    Attributes
    ----------
    source : Source
    study_id : str
        Empty if there is no study up to the day that was asked for.
    period : Period
        From its first to its last attempt.
    conf_level : float
        Of every interval.
    """

    source: Source
    study_id: str
    period: Period
    conf_level: float = 0.95

    @property
    def segment(self) -> Segment:
        """How `measure` chooses its attempts."""
        return EVERYBODY.part("study_id", self.study_id) if self.study_id else EVERYBODY

    @property
    @kept
    def attempts(self) -> pd.DataFrame:
        """One row an attempt without technical failure."""
        return self.source.sql(
            "select * from attempts where study_id = $study and left_out is null order by participant_id, task_id, attempt",
            study=self.study_id,
        )

    def tasks(self) -> pd.DataFrame:
        """One row a task: completion with interval and Laplace's estimate, typical time, errors, ease."""
        rows = []
        for task, part in self.attempts.groupby("task_id"):
            done, n = int(part.is_success.sum()), len(part)
            rate = stats.small_proportion(done, n, conf_level=self.conf_level)
            times = part.time_s[part.is_success].dropna()
            rows.append(
                {
                    "task": task, "attempts": n, "completion": rate.value, "low": rate.low, "high": rate.high,
                    "Laplace": stats.laplace(done, n), "time": stats.typical_time(times, conf_level=self.conf_level).value,
                    "errors per attempt": part.n_errors.mean(), "ease": part.seq.mean(),
                }
            )  # fmt: skip
        columns = ["task", "attempts", "completion", "low", "high", "Laplace", "time", "errors per attempt", "ease"]
        return pd.DataFrame(rows, columns=columns)

    def success_curve(self) -> pd.DataFrame:
        """Share not yet successful by time, a curve a task, as long as `FEW` are at it; who did not succeed is censored when leaving."""
        parts = []
        for task, part in self.attempts.dropna(subset="time_s").groupby("task_id"):
            cells = pd.DataFrame({"duration": part.time_s, "event": part.is_success.astype(int)})
            table = kaplan_meier(cells).table
            table = table[(table.n_at_risk >= FEW) | (table.time == 0)]
            parts.append(table.rename(columns={"survival": "value", "n_at_risk": "participants"}).assign(task_id=task))
        empty = pd.DataFrame(columns=["time", "value", "ci_low", "ci_high", "participants", "task_id"])
        return pd.concat(parts, ignore_index=True) if parts else empty

    @property
    @kept
    def design_names(self) -> list[str]:
        """In the order in which they were first tried."""
        named = self.attempts.dropna(subset="design").sort_values(["started_at", "participant_id"])
        return list(dict.fromkeys(named.design))

    @property
    def is_within(self) -> bool:
        """Whether the same people tried every design."""
        return bool((self.attempts.group_type == "within").any())

    def designs(self) -> pd.DataFrame:
        """Each pair of designs by task and in all: completion and time, differences with Holm-adjusted p-values."""
        rows = []
        for old, new in combinations(self.design_names, 2):
            tasks = [(str(task), part) for task, part in self.attempts.groupby("task_id")]
            for task, part in tasks:
                before, after = part[part.design == old], part[part.design == new]
                name = task if len(self.design_names) == 2 else f"{task}: {old} → {new}"
                for row in (
                    self._completion(name, before, after),
                    self._time(name, before, after),
                ):
                    rows.append({**row, "better": new if row.pop("is_better") else old})
        columns = ["task", "figure", "before", "after", "difference", "interval", "p (Holm)", "verdict"]
        if not rows:
            return pd.DataFrame(columns=columns)
        adjusted, _ = stats.adjust([float(row.pop("p")) for row in rows], method="holm")
        for row, p in zip(rows, adjusted, strict=True):
            row["p (Holm)"] = "–" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"
            better = row.pop("better")
            row["verdict"] = "can't tell" if np.isnan(p) else f"{better} is better" if p <= 0.05 else "not beyond noise"
        return pd.DataFrame(rows, columns=columns)

    def sus(self) -> pd.DataFrame:
        """SUS in all and by design: n, mean with interval, grade, Cronbach's alpha."""
        items = self.source.sql(
            """
            select s.respondent_id, s.score, a.item_version, a.value_num, s.design
            from sus_scores s
            join survey_answers a on a.response_id = s.response_id and a.instrument = 'sus'
            where s.score is not null and s.study_id = $study
            order by s.respondent_id, a.item_version""",
            study=self.study_id,
        )
        groups = [("all", items), *items.dropna(subset="design").groupby("design")] if len(items) else []
        rows = []
        for name, part in groups:
            scores = part.drop_duplicates("respondent_id").score
            mean = stats.rating_mean(len(scores), scores.sum(), (scores**2).sum(), conf_level=self.conf_level)
            alpha = cronbach_alpha(part.pivot_table(index="respondent_id", columns="item_version", values="value_num"))
            rows.append(
                {
                    "design": name, "answers": len(scores), "SUS": round(mean.value, 1),
                    "interval": f"{mean.low:.1f} – {mean.high:.1f}" if len(scores) > 1 else "–", "grade": grade(mean.value),
                    "alpha": "–" if np.isnan(alpha) else f"{alpha:.2f}",
                }
            )  # fmt: skip
        return pd.DataFrame(rows, columns=["design", "answers", "SUS", "interval", "grade", "alpha"])

    def participants_needed(self) -> pd.DataFrame:
        """Participants for a completion rate to be known to within so many points, at this study's rate and at the worst case."""
        rate = self.attempts.is_success.mean() if len(self.attempts) else nan
        share = min(max(rate, 0.05), 0.95) if rate == rate else 0.5
        rows = [
            (
                f"± {100 * half:.0f} points",
                stats.n_for_half_width(half, share=share),
                stats.n_for_half_width(half, share=0.5),
            )
            for half in HALF_WIDTHS
        ]
        return counting(
            pd.DataFrame(rows, columns=["known to within", "at this study's rate", "at worst (50%)"]), people=None
        )

    def _completion(self, task: str, before: pd.DataFrame, after: pd.DataFrame) -> dict[str, Any]:
        if self.is_within:
            both = before.set_index("participant_id").is_success.to_frame("b").join(
                after.set_index("participant_id").is_success.rename("a"), how="inner"
            )  # fmt: skip
            cells = [int(((both.a == a) & (both.b == b)).sum()) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
            change = stats.mcnemar_change(*cells, conf_level=self.conf_level)
        else:
            change = stats.proportion_change(
                after.is_success.sum(), len(after), before.is_success.sum(), len(before), conf_level=self.conf_level
            )
        enough = min(len(before), len(after)) >= FEW
        rates = [part.is_success.mean() if len(part) else nan for part in (before, after)]
        return {
            "task": task, "figure": "completion",
            "before": f"{rates[0]:.0%}", "after": f"{rates[1]:.0%}", "difference": f"{_points(change.difference)} points",
            "interval": f"{_points(change.low)} … {_points(change.high)}", "p": change.p_value if enough else nan,
            "is_better": change.difference > 0,
        }  # fmt: skip

    def _time(self, task: str, before: pd.DataFrame, after: pd.DataFrame) -> dict[str, Any]:
        times = [part[part.is_success & part.time_s.notna()] for part in (before, after)]
        shown = [stats.geometric_mean(part.time_s).value for part in times]
        if self.is_within:
            ratio, low, high, p = paired_time_ratio(times[0], times[1], self.conf_level)
        else:
            change = stats.times_change(
                stats.split_zeros(times[1].time_s), stats.split_zeros(times[0].time_s), conf_level=self.conf_level
            )
            ratio, low, high, p = 1 + change.difference, 1 + change.low, 1 + change.high, change.p_value
        enough = min(map(len, times)) >= FEW
        return {
            "task": task, "figure": "time",
            "before": f"{shown[0]:.0f} s", "after": f"{shown[1]:.0f} s", "difference": f"× {ratio:.2f}",
            "interval": f"{low:.2f} … {high:.2f}", "p": p if enough else nan, "is_better": ratio < 1,
        }  # fmt: skip


def usability_study(source: Source, until: date, study: str = "", conf_level: float = 0.95) -> UsabilityStudy:
    """The study asked for, or the one with the most attempts of those that began in the year up to a day.

    Raises
    ------
    ArgumentError
        No study of that name; names the nearest.
    """
    known = pd.DataFrame(columns=["study_id", "first", "last", "n"])
    if source.has("usability_tasks"):
        known = source.sql(
            "select study_id, cast(min(started_at) as date) as first, cast(max(started_at) as date) as last, count(*) as n"
            " from attempts where started_at is not null group by study_id order by n, study_id"
        )
    if study and study not in set(known.study_id):
        raise ArgumentError(f"there is no study {study!r} with dates.{did_you_mean(study, known.study_id)}")
    begun = pd.to_datetime(known["first"]).dt.date
    in_year = known[(begun <= until) & (begun > until - timedelta(days=365))]
    found = known[known.study_id == study] if study else in_year.tail(1)
    if found.empty:
        return UsabilityStudy(source, "", Period("days", until, until + DAY), conf_level)
    one = found.iloc[0]
    first, last = (pd.Timestamp(one[name]).date() for name in ("first", "last"))
    return UsabilityStudy(source, str(one.study_id), Period("days", first, last + DAY), conf_level)


def open_study(report: "Report", study: str = "") -> UsabilityStudy:
    """The study asked for, or the latest one up to the end of a report's period.

    Examples
    --------
    >>> import cxkit as cx
    >>> open_study(cx.open_report("data/sample", "2026-10")).study_id
    'finder'
    """
    return usability_study(report.source, report.period.last_day, study, report.conf_level)


def _points(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−")


def grade(score: float) -> str:
    """Letter of a SUS mean on the curved grading scale.

    Examples
    --------
    >>> grade(68), grade(81), grade(40)
    ('C', 'A', 'F')
    """
    return next((letter for letter, lowest in GRADES.items() if score >= lowest), "–")


def cronbach_alpha(items: pd.DataFrame) -> float:
    """How well items measure one thing, even ones turned round; one row a respondent, complete rows only. NaN without spread.

    Examples
    --------
    >>> round(cronbach_alpha(pd.DataFrame({"sus_01": [1, 3, 5], "sus_02": [5, 3, 1]})), 2)
    1.0
    """
    complete = items.dropna()
    turned = complete.apply(lambda item: item if int(str(item.name)[-2:]) % 2 else 6 - item)
    k, total = turned.shape[1], turned.sum(axis=1).var()
    if len(complete) < 2 or k < 2 or not total > 0:
        return nan
    return float(k / (k - 1) * (1 - turned.var().sum() / total))


def paired_time_ratio(
    before: pd.DataFrame, after: pd.DataFrame, conf_level: float = 0.95
) -> tuple[float, float, float, float]:
    """Ratio of times of the same people, after ÷ before: t interval and test on the differences of logarithms.

    Examples
    --------
    >>> people = pd.DataFrame({"participant_id": ["a", "b", "c"], "time_s": [10.0, 20.0, 40.0]})
    >>> half = people.assign(time_s=[5.0, 10.0, 21.0])
    >>> round(paired_time_ratio(people, half)[0], 2)
    0.51
    """
    from scipy.stats import t as student

    both = (
        before.set_index("participant_id")
        .time_s.to_frame("b")
        .join(after.set_index("participant_id").time_s.rename("a"), how="inner")
    )
    logs = np.log(both.a.to_numpy(float) / both.b.to_numpy(float))
    if len(logs) < 2 or not logs.std() > 0:
        return (exp(logs.mean()) if len(logs) else nan), nan, nan, nan
    error = logs.std(ddof=1) / sqrt(len(logs))
    half = student.ppf(0.5 + conf_level / 2, len(logs) - 1) * error
    p = 2 * student.sf(abs(logs.mean() / error), len(logs) - 1)
    return exp(logs.mean()), exp(logs.mean() - half), exp(logs.mean() + half), float(p)
