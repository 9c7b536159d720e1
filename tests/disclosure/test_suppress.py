"""No group of 1 to k − 1 people leaves `suppress`, nor can be computed from what leaves it."""

import ast
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import linprog

import cxkit as cx
from cxkit import charts
from cxkit.areas import engagement, value
from cxkit.areas.churn.cohorts import triangle
from cxkit.charts.figure import figure
from cxkit.disclosure.hidden_cells import hidden_cells, possible_range
from cxkit.disclosure.marked import counting, mark
from cxkit.disclosure.strictest import opened, strictest
from cxkit.disclosure.suppress import hide_measured, labelled, refuse_small, suppress
from cxkit.errors import ArgumentError
from cxkit.measurement.ask import Ask
from cxkit.measurement.measure import outside
from cxkit.metric import Metric, catalogue
from cxkit.segment import Segment

K = 10
counts = st.one_of(st.integers(0, 15), st.integers(0, 200))
tables = arrays(np.int64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=5), elements=counts)


def known_sums(table: np.ndarray) -> list[np.ndarray]:
    """The masks of rows, columns and the whole whose total a reader may see."""
    masks = []
    for axis in (0, 1):
        for number in range(table.shape[axis]):
            mask = np.zeros(table.shape, bool)
            mask[(number, slice(None)) if axis == 0 else (slice(None), number)] = True
            masks.append(mask)
    masks.append(np.ones(table.shape, bool))
    return [mask for mask in masks if table[mask].sum() >= K and mask.sum() > 1]


@given(tables)
@settings(max_examples=150, deadline=None)
def test_no_small_cell_is_visible(table):
    hidden = hidden_cells(table, K)
    assert hidden[(table > 0) & (table < K)].all()


def interval(table: np.ndarray, hidden: np.ndarray, cell: tuple[int, int]) -> tuple[float, float]:
    """The intruder's linear programme over the whole table, written apart from the package's: shown cells and labels are bounds."""
    bounds = []
    for count, is_hidden in zip(table.ravel().tolist(), hidden.ravel().tolist(), strict=True):
        label = (min(count, 1), K - 1) if count < K else (K, None)
        bounds.append(label if is_hidden else (count, count))
    sums = [mask.ravel().astype(float) for mask in known_sums(table)]
    totals = [table[mask].sum() for mask in known_sums(table)]
    aim = np.zeros(table.shape)
    aim[cell] = 1
    given = {"A_eq": np.array(sums), "b_eq": totals} if sums else {}
    least = linprog(aim.ravel(), bounds=bounds, **given)
    most = linprog(-aim.ravel(), bounds=bounds, **given)
    return round(least.fun, 6), np.inf if most.status == 3 else round(-most.fun, 6)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_totals_and_labels_tell_nothing_of_a_small_cell_while_something_is_left_to_hide(table):
    hidden = hidden_cells(table, K)
    lines = [mask for mask in known_sums(table) if hidden[mask].any()]
    for cell in map(tuple, np.argwhere(hidden & (table > 0) & (table < K)).tolist()):
        least, most = interval(table, hidden, cell)
        assert possible_range(table, hidden, K, cell) == pytest.approx((np.ceil(least - 1e-6), np.floor(most + 1e-6)))
        assert (least <= 1 and most >= K - 1) or all(hidden[mask].all() for mask in lines)


@given(st.lists(counts, min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_row_hides_no_more_than_it_must(row):
    """One line: the smallest groups beside the small ones, and with one fewer a small one would be given away."""
    table = np.array([row])
    hidden = hidden_cells(table, K)
    small = (table > 0) & (table < K)
    more = np.argwhere(hidden & ~small)
    if sum(row) < K or not len(more):
        assert (hidden == small).all()
        return
    last = max(map(tuple, more.tolist()), key=lambda cell: (table[cell] == 0, table[cell]))
    fewer = hidden.copy()
    fewer[last] = False
    ranges = [interval(table, fewer, cell) for cell in map(tuple, np.argwhere(small).tolist())]
    assert any(least > 1 or most < K - 1 for least, most in ranges)


def test_a_table_without_small_cells_is_left_alone():
    assert not hidden_cells(np.array([[10, 0], [400, 11]]), K).any()


def measured(n_units, base_n_units=None, metric_id="bounce_rate") -> pd.DataFrame:
    size = len(n_units)
    frame = pd.DataFrame(
        {"metric_id": metric_id, "title": "Bounce rate", "value": 0.5, "unit": "share", "numerator": 3.0, "denominator": 6.0,
         "n_units": n_units, "ci_low": 0.1, "ci_high": 0.9, "ci_method": "Wilson", "period": "2026-10",
         "segment": [f"plan={i}" for i in range(size)], "flags": "", "exclusion_reasons": "no visitor_id: 3", "n_excluded": 3}
    )  # fmt: skip
    if base_n_units:
        frame = frame.assign(base_period="2026-09", base_value=0.4, base_n_units=base_n_units, base_numerator=2.0,
                             difference=0.1, difference_low=0.0, difference_high=0.2, p_value=0.01, test="N-1", verdict="up")  # fmt: skip
    return frame


def test_a_hidden_row_keeps_its_name_and_nothing_else():
    row = suppress(measured([9, 500, 40]), K).iloc[0]
    assert (row["segment"], row["flags"], row["title"]) == ("plan=0", "suppressed", "Bounce rate")
    assert row[["value", "numerator", "denominator", "n_units", "ci_low", "ci_high", "n_excluded"]].isna().all()
    assert row.exclusion_reasons == ""


def test_the_next_smallest_is_hidden_too():
    assert suppress(measured([9, 500, 40]), K).value.notna().tolist() == [False, True, False]


def test_segments_of_another_column_are_another_table():
    frame = measured([9, 500, 40, 30]).assign(segment=["plan=a", "plan=b", "device=x", "device=y"])
    assert suppress(frame, K).value.notna().tolist() == [False, False, True, True]


def test_a_small_base_hides_the_change_and_not_the_present():
    frame = suppress(measured([50, 60, 70], [4, 80, 90]), K)
    assert frame.value.notna().all()
    assert frame.base_value.notna().tolist() == [False, False, True]
    assert frame.difference.notna().tolist() == [False, False, True]
    assert frame.verdict.tolist() == ["hidden", "hidden", "up"]
    assert frame.base_period.tolist() == ["2026-09"] * 3


def test_nobody_is_no_secret():
    assert suppress(measured([0, 500]), K)["flags"].tolist() == ["", ""]


def test_figures_of_posts_are_not_of_people():
    assert suppress(measured([3, 4], metric_id="posts"), K).value.notna().all()


def test_hiding_twice_is_hiding_once():
    once = suppress(measured([9, 500, 40], [4, 8, 90]), K)
    pd.testing.assert_frame_equal(suppress(once, K), once)


def test_a_heatmap_shows_small_cells_as_fewer_than_k():
    frame = pd.DataFrame([(r, f, 100) for r in "123" for f in "123"], columns=["recency", "frequency", "n"])
    frame.loc[4, "n"] = 2
    shown = suppress(frame.assign(amount=5.0), K, people="n", by=["recency", "frequency"])
    said = labelled(shown).n.tolist()
    assert (said.count("< 10"), said.count("hidden"), said.count(100)) == (1, 3, 5)
    assert shown.n.isna().tolist() == shown.amount.isna().tolist() == [not isinstance(one, float) for one in said]
    assert frame.n.notna().all()


def test_a_frame_without_the_named_counts_is_refused():
    with pytest.raises(ArgumentError, match="no column `n` to count people; there are a"):
        suppress(pd.DataFrame({"a": [1]}), K, people="n")
    with pytest.raises(ArgumentError, match="two rows have the same a"):
        suppress(pd.DataFrame({"a": [1, 1], "n": [20, 30]}), K, people="n", by=["a"])


def test_a_report_hides_a_small_group():
    k = 50
    report = cx.open_report(cx.open_data("data/sample", settings={"k": k}), "2026-10")
    frame = report.measure(engagement.BOUNCE_RATE, by="entry_page")
    small = cx.measure(report.source, engagement.BOUNCE_RATE, report.period, by="entry_page")
    assert (small.n_units < k).any()
    assert not frame.n_units.between(1, k - 1).any()
    assert not frame.base_n_units.between(1, k - 1).any()
    report.breakdown(engagement.BOUNCE_RATE, by="entry_page").to_html()


def test_the_row_of_all_cohorts_goes_where_it_would_give_a_small_one_away():
    def cells(sizes: dict[str, int]) -> pd.DataFrame:
        whole = {**sizes, "all": sum(sizes.values())}
        rows = [(f"cohort={name}; month=0", 1.0, n) for name, n in whole.items()]
        frame = pd.DataFrame(rows, columns=["segment", "value", "denominator"])
        return frame.assign(numerator=frame.denominator, ci_low=1.0, ci_high=1.0)

    assert triangle(cells({"a": 30, "b": 20}), 10).cohort.tolist() == ["a", "b", "all"]
    assert triangle(cells({"a": 30, "b": 4}), 10).cohort.tolist() == ["a"]
    assert triangle(cells({"a": 30, "b": 8, "c": 7}), 10).cohort.tolist() == ["a", "all"]
    hidden = cells({"a": 30, "b": 4})
    hidden.loc[1, ["value", "numerator", "denominator"]] = np.nan  # as `suppress` leaves it
    assert triangle(hidden, 10).cohort.tolist() == ["a"]


def test_an_empty_measurement_stays_empty():
    empty = pd.DataFrame(columns=["metric_id", "value", "n_units", "period", "segment", "flags"])
    assert suppress(empty, 10).empty


def test_a_median_needs_k_people_on_either_side():
    frame = measured([39, 500, 41, 60], metric_id="median_session_duration")
    assert suppress(frame, 20).value.notna().tolist() == [False, True, False, True]  # the third protects the first
    assert suppress(frame, 19).value.notna().all()


def test_a_count_of_people_is_a_group_itself():
    frame = measured([678, 700], metric_id="unsubscribes").assign(unit="count", value=[4.0, 30.0], segment=["", ""])
    assert suppress(frame.iloc[[0]], K).value.isna().all()
    assert suppress(frame.iloc[[1]], K).value.notna().all()


@pytest.mark.parametrize(
    ("numerator", "denominator", "is_shown"), [(3, 600, False), (597, 600, False), (30, 600, True)]
)
def test_few_with_or_without_hide_a_rate_where_belonging_is_sensitive(numerator, denominator, is_shown):
    frame = measured([600]).assign(numerator=float(numerator), denominator=float(denominator))
    assert suppress(frame, K).value.notna().all()
    sensitive = suppress(frame.assign(segment="assistive=true"), K)
    assert sensitive.value.notna().all() == is_shown


def test_counts_of_a_plain_table_take_along_what_rests_on_them():
    frame = pd.DataFrame({"trait": ["a", "b", "c"], "n": [300, 40, 4], "lost": [30, 3, 4], "ratio": [1.0, 2.0, 3.0],
                          "base_n": [50, 5, 60], "base_share": [0.4, 0.1, 0.5]})  # fmt: skip
    shown = labelled(suppress(counting(frame, people="n", k=K, cases=["lost"])))
    assert shown.n.tolist() == [300, "hidden", "< 10"]
    assert shown.ratio.notna().tolist() == [True, False, False]
    assert shown.lost.tolist() == ["hidden", "< 10", "< 10"]
    assert shown.base_n.tolist() == ["hidden", "< 10", 60]
    assert shown.base_share.notna().tolist() == [False, False, True]


def test_stages_of_a_funnel_are_hidden_one_by_one():
    frame = pd.DataFrame({"stage": ["sent", "opened", "bought"], "n": [90, 12, 3]})
    assert labelled(suppress(frame, K, people="n", nested=True)).n.tolist() == [90, 12, "< 10"]


WORDS = {"caption": "Customers by plan.", "alt": "Bars: customers by plan."}


def test_a_frame_that_says_nobody_is_counted_is_shown_whatever_its_columns_are_called():
    opened(K)
    pages = counting(pd.DataFrame({"bin": ["home", "cart"], "n": [500, 3]}), people=None)
    assert suppress(pages).n.tolist() == [500, 3]
    assert charts.distribution(pages, **WORDS).numbers.n.tolist() == [500, 3]


def test_what_a_frame_says_counts_people_is_hidden_whatever_it_is_called():
    plans = counting(pd.DataFrame({"plan": ["a", "b"], "persons": [80, 3], "mrr": [9.0, 900.0]}), people="persons", k=K)
    block = charts.bars(plans.rename(columns={"mrr": "value"}), columns=charts.Columns(by="plan"), **WORDS)
    assert block.numbers.value.isna().all()
    assert "900" not in block.to_html()


def test_a_frame_that_does_not_say_who_is_counted_is_refused_while_data_are_open():
    plans = pd.DataFrame({"bin": ["a", "b"], "n": [80, 3]})
    assert charts.distribution(plans, **WORDS).numbers.n.tolist() == [80, 3]  # nothing is known of any k
    opened(K)
    with pytest.raises(
        ArgumentError, match=r'charts\.distribution: the frame does not say who is counted.*people="…" names'
    ):
        charts.distribution(plans, **WORDS)
    assert charts.distribution(counting(plans, people="n"), **WORDS).numbers.n.tolist() == ["hidden", "< 10"]


def test_a_mark_is_lost_by_no_choice_of_rows_or_columns_and_by_no_column_more():
    marked = counting(pd.DataFrame({"plan": ["a", "b"], "n": [80, 3]}), people="n", k=K)
    for frame in (marked[["n"]], marked.assign(x=1), marked[marked.n > 5], marked.rename(columns={"plan": "p"})):
        assert mark(frame) == mark(marked)
    with pytest.raises(ArgumentError, match="`n`, which counts people, is not in the frame any more"):
        suppress(marked.rename(columns={"n": "persons"}))
    assert suppress(suppress(marked).drop(columns="n")).plan.tolist() == ["a", "b"]  # hidden while they were counted
    with pytest.raises(ArgumentError, match="not in the frame any more"):
        suppress(suppress(marked).drop(columns="n"), 2 * K)  # for another k they were not


def test_figures_joined_to_hidden_rows_are_hidden_too():
    shown = suppress(pd.DataFrame({"plan": ["a", "b"], "n": [80, 3]}), K, people="n").assign(mrr=[9.0, 900.0])
    assert suppress(shown, K).mrr.isna().all()
    pd.testing.assert_frame_equal(suppress(shown, K), suppress(suppress(shown, K), K))


def test_a_column_of_words_counts_nobody():
    with pytest.raises(ArgumentError, match="`plan` holds no numbers"):
        suppress(pd.DataFrame({"plan": ["a", "b"], "n": [80, 3]}), K, people="plan")


def test_the_stricter_k_wins_between_a_frame_and_whoever_shows_it():
    frame = pd.DataFrame({"plan": ["a", "b", "c"], "n": [80, 12, 12]})
    for own, other in ((5, 20), (20, 5), (20, 0)):
        assert suppress(counting(frame, people="n", k=own), other, nested=True).n.notna().tolist() == [
            True,
            False,
            False,
        ]
    assert mark(counting(counting(frame, people="n", k=20), people="n", k=5)).k == 20


def test_a_second_report_uncovers_nothing_of_the_first():
    strict = cx.open_report(cx.open_data("data/sample", settings={"k": 60}), "2026-10")
    study = value.open_study(strict)
    before = value.charts.rfm(study).numbers.n_customers.tolist()
    cx.open_report(cx.open_data("data/sample", settings={"k": 5}), "2026-10")
    assert strictest() == 60
    assert "< 60" in before
    assert value.charts.rfm(study).numbers.n_customers.tolist() == before


def test_a_mark_can_be_written_as_json_as_parquet_files_keep_it():
    frame = suppress(counting(pd.DataFrame({"n": [80, 3]}), people="n", k=K, cases=["n"]))
    assert json.loads(json.dumps(frame.attrs))["people"][:2] == ["n", K]


def test_every_chart_hides_by_the_k_of_the_open_data():
    opened(K)
    frame = counting(pd.DataFrame({"bin": ["a", "b", "c"], "n": [500, 40, 3]}), people="n")
    block = charts.distribution(frame, **WORDS)
    assert block.numbers.n.tolist() == [500, "hidden", "< 10"]
    assert block.numbers.share.notna().tolist() == [True, False, False]
    assert "&lt; 10" in block.to_html()
    grid = pd.DataFrame([(r, c, 100) for r in "123" for c in "123"], columns=["row", "column", "n_customers"])
    grid.loc[4, "n_customers"] = 2
    drawn = charts.heatmap(
        counting(grid, people="n_customers"),
        columns=charts.Columns(by="row", across="column", value="n_customers"),
        **WORDS,
    )
    assert drawn.numbers.n_customers.tolist().count("< 10") == 1
    assert "&lt; 10" in drawn.wide


def test_a_figure_whose_numbers_count_a_small_group_is_refused():
    frame = pd.DataFrame({"plan": ["a", "b"], "n_units": [40, 3]})
    with pytest.raises(ArgumentError, match="`n_units` counts groups of fewer than 10 people"):
        refuse_small(counting(frame, people="n_units", k=K), "charts.new")
    figure_of(frame)  # no data are open
    opened(K)
    with pytest.raises(ArgumentError, match=r"charts\.new"):
        figure_of(frame)
    figure_of(counting(frame, people=None))


def figure_of(frame):
    return figure("new", frame, None, charts.Words().of(frame, "Something.", "Another thing."))


def test_every_chart_admits_its_frame_before_it_draws(root):
    """By the source: no function that gives a figure without the door; `figure` itself is behind it."""
    seen = 0
    for path in sorted((root / "cxkit" / "charts").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) == "Figure":
                calls = {
                    one.func.attr
                    for one in ast.walk(node)
                    if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
                }
                assert "admit" in calls or node.name == "figure", f"{path.name}: {node.name}"
                seen += 1
    assert seen > 13


def test_a_segment_that_leaves_out_few_people_is_not_told():
    """Everybody but those of the least entry page: beside a report on all it would tell of them."""
    pages = cx.open_data("data/sample").sql(
        "select coalesce(entry_page, 'none') as page, count(distinct visitor_id) as n from sessions"
        " where started_at >= date '2026-10-01' and started_at < date '2026-11-01' group by 1 order by 2"
    )
    everybody_else = "entry_page=" + ",".join(pages.page[1:])
    for k, is_told in ((pages.n[0] + 1, False), (pages.n[0], True)):
        report = cx.open_report(cx.open_data("data/sample", settings={"k": int(k)}), "2026-10", segment=everybody_else)
        row = report.measure(engagement.BOUNCE_RATE).iloc[0]
        assert (row.value > 0, "suppressed" in row["flags"], row["verdict"] == "hidden") == (
            is_told,
            not is_told,
            not is_told,
        )


def test_the_outside_of_a_segment_is_counted_as_brute_force_counts_it():
    shop, october = cx.open_data("data/sample"), cx.Period.parse("2026-10")
    sessions = shop.sql(
        "select visitor_id, device_class from sessions where started_at >= date '2026-10-01' and started_at < date '2026-11-01'"
    )
    others = sessions[(sessions.device_class != "mobile") & sessions.visitor_id.notna()]
    asked = Ask(shop, october, segment=Segment.parse("device_class=mobile"))
    assert outside(asked, engagement.BOUNCE_RATE) == others.visitor_id.nunique()


def test_participants_of_a_study_are_few_by_design():
    for metric_id in ("task_completion_rate", "completion_time_survival", "sus"):
        assert suppress(measured([6, 7], metric_id=metric_id), K).value.notna().all(), metric_id


def test_values_of_periods_without_their_unit_are_known_by_their_metric():
    frame = pd.DataFrame(
        {
            "metric_id": "unsubscribes",
            "period": ["2026-08", "2026-09"],
            "segment": "",
            "value": [4.0, 30.0],
            "n_units": [600, 700],
            "flags": "",
        }
    )
    assert suppress(frame, K).value.notna().tolist() == [False, True]


def test_whom_a_metric_counts_stands_on_it():
    """By the tables that a metric needs: rows of these are no people, or people who agreed to be reported on."""
    things = {"social_posts", "social_daily", "spend", "series", "campaigns"}
    for metric in catalogue().values():
        needed = {one.split(".")[0] for need in metric.needs for one in need.split(" or ")}
        if needed <= things:
            assert metric.counts == "things", metric.id
        elif metric.counts == "things":
            pytest.fail(f"{metric.id} needs {needed}, which tell of people")
        of_study = "usability_tasks" in needed or getattr(metric, "view", "") in {"sus_scores", "task_answers"}
        assert (metric.counts == "participants") == of_study, metric.id
    assert {one.counts for one in catalogue().values()} == {"people", "participants", "things"}


def test_a_metric_counts_people_until_it_says_otherwise():
    said = {
        "id": "x",
        "title": "X",
        "numerator": "true",
        "recipe": "proportion",
        "unit": "share",
        "definition": "",
        "source": "",
    }
    assert Metric(view="sessions", **said).counts == "people"
    assert Metric(view="attempts", **said).counts == "participants"
    assert Metric(view="sessions", counts="things", **said).counts == "things"
    with pytest.raises(ArgumentError, match="counts must be one of people, participants, employees, things"):
        Metric(view="sessions", counts="pages", **said)


def test_of_employees_ten_are_needed_however_small_k_is():
    said = {
        "title": "X",
        "view": "answers",
        "numerator": "true",
        "recipe": "proportion",
        "unit": "share",
        "definition": "",
        "source": "",
    }
    declared = {one: Metric(id=one, counts=one, **said) for one in ("people", "employees", "things")}
    for k, shown in ((5, ["people", "things"]), (8, ["things"])):
        found = [hide_measured(measured([7], metric_id=one), k, declared) for one in declared]
        assert [frame.metric_id[0] for frame in found if frame.value.notna().all()] == shown
        assert [frame.metric_id[0] for frame in found if suppress(frame, k).value.notna().all()] == shown
