"""Numbers, verdicts and findings in words."""

import math

import numpy as np
import pandas as pd
import pytest
from made_up import device_rows, email_rows, row

from cxkit.charts.numerals import percent, priced, spoken
from cxkit.report.kept.earlier_report import Archive
from cxkit.report.kept.family import RunFamily
from cxkit.report.notebook import report_blocks
from cxkit.report.wording import components, finding_words, targets, words
from cxkit.report.wording.context import Context
from cxkit.report.wording.format import Style, unbroken

STYLE = Style()


@pytest.mark.parametrize(
    ("value", "unit", "says"),
    [
        (0.0594, "share", "5.9%"), (0.0041, "share", "0.41%"), (0.0, "share", "0.0%"), (1.0, "share", "100.0%"),
        (12345, "count", "12,345"), (4.2, "seconds", "4.2 s"), (9.99, "seconds", "10 s"), (59.6, "seconds", "1 min 00 s"),
        (66, "seconds", "1 min 06 s"), (3599.6, "seconds", "1 h 00 min"), (7384, "seconds", "2 h 03 min"), (300_000, "seconds", "3.5 days"),
        (0.2311, "money", "€0.23"), (-3.2, "money", "−€3.20"), (12_345.6, "money", "€12,346"), (12.34, "days", "12.3 days"),
        (1.0, "days", "1.0 day"), (-31.44, "score", "−31.4"), (2.5, "ratio", "2.50"), (None, "share", "–"), (math.nan, "money", "–"),
    ],
)  # fmt: skip
def test_a_value_is_said_by_its_unit(value, unit, says):
    assert STYLE.value(value, unit) == says


def test_a_locale_brings_its_own_separators_and_places():
    german = Style("de", "EUR")
    assert german.value(0.0594, "share") == "5,9\xa0%"
    assert german.value(1234.5, "money") == "1.234,50\xa0€"
    assert german.interval(0.057, 0.061, "share") == "5,7 – 6,1\xa0%"
    assert german.interval(43.56, 51.46, "money") == "43,56 – 51,46\xa0€"  # the unit once where it follows the number
    change = row(unit="money", difference=3.78, difference_low=-0.35, difference_high=7.9)
    assert words.change(change, german, "") == "+3,78\xa0€ (−0,35 … +7,90)"
    assert Style("en", "PLN").value(12.3, "money") == "PLN\xa012.30"
    assert Style("en", "JPY").value(1200, "money") == "¥1,200"


@pytest.mark.parametrize("locale", ["ar", "ar_EG", "fa", "he", "ur"])
@pytest.mark.parametrize("currency", ["EUR", "SAR", "ILS"])
def test_no_locale_turns_the_direction_of_a_line_that_reads_from_left_to_right(locale, currency):
    style = Style(locale, currency)
    said = [
        style.interval(43.56, 51.46, "money"), style.interval(0.2, 0.3, "share"), style.signed(-0.35, "money"), style.number(-1.5, 1),
        style.value(0.5, "share"), style.value(-3.2, "money"),
    ]  # fmt: skip
    assert not {"\u200e", "\u200f", "\u061c"} & set("".join(said))
    with spoken(locale):
        assert not {"\u200e", "\u200f", "\u061c"} & set(percent() + priced("1", currency))


def test_money_known_to_hundreds_has_no_cents():
    revenue = row(unit="money", difference=1053.11, difference_low=-2731.71, difference_high=4866.79)
    assert words.change(revenue, STYLE, "") == "+€1,053 (−€2,732 … +€4,867)"


def test_a_ratio_known_to_tens_has_no_decimals():
    reach = row(unit="ratio", value=2122.29, ci_low=1797.49, ci_high=2447.09)
    assert (words.value(reach, STYLE), words.interval(reach, STYLE)) == ("2,122", "95% interval 1,797 – 2,447")
    assert words.value(row(unit="ratio", value=1.99, ci_low=1.91, ci_high=2.08), STYLE) == "1.99"


def test_a_change_of_time_has_one_number_of_decimals_and_says_its_unit_once():
    time = {"unit": "seconds", "difference": 9.8, "difference_low": -1.52, "difference_high": 21.3}
    assert words.change(row(**time), STYLE, "") == "+10 s (−2 … +21)"
    assert words.change(row(**time | {"difference_high": 71.0}), STYLE, "") == "+10 s (−2 s … +1 min 11 s)"
    assert words.change(row(**time | {"unit": "days"}), STYLE, "") == "+10 days (−2 … +21)"
    assert STYLE.interval(53.2, 61.0, "seconds") == "53 s – 1 min 01 s"
    assert (STYLE.interval(4.2, 9.1, "seconds"), STYLE.interval(19.13, 45.2, "seconds", 1)) == (
        "4.2 – 9.1 s",
        "19 – 45 s",
    )


def test_a_change_without_an_interval_has_the_decimals_of_its_values():
    counted = row(value=0.0142, difference=0.00033, difference_low=None, difference_high=None)
    assert words.change_in_a_table(counted, STYLE, 2) == "+0.03 pts"
    assert (
        words.change(row(value=0.93, difference=-0.000013, difference_low=None, difference_high=None), STYLE, "")
        == "0.0 points"
    )
    ratio = row(unit="ratio", difference=-13.4, difference_low=-25.9, difference_high=-1.3)
    assert words.change_in_a_table(ratio, STYLE, 1) == "−13.4 (−25.9 … −1.3)"


def test_a_time_is_not_torn_apart_and_a_range_of_times_only_between_its_ends():
    assert unbroken("−5 h 31 min (−15 h 25 min … +5 h 49 min)").split(" ") == ["−\u20605\xa0h\xa031\xa0min", "(−\u206015\xa0h\xa025\xa0min\xa0…", "+\u20605\xa0h\xa049\xa0min)"]  # fmt: skip
    assert " " not in unbroken("(+0.5 … +1.1)")


def test_a_title_that_says_what_it_is_parted_by_is_followed_by_the_value_alone():
    by_device = row(title="Conversion by device", segment="device_class=mobile")
    assert words.label(by_device) == "Conversion by device, mobile"
    assert words.label({**by_device, "segment": "country=PL; page=/my_page"}) == "Conversion by device, PL, /my_page"
    assert words.label({**by_device, "title": "Bounce rate"}) == "Bounce rate, device class mobile"
    assert words.label({**by_device, "segment": "is_new_visitor=true"}) == "Conversion by device, is new visitor true"


def test_nothing_to_measure_is_not_nothing_to_compare_with():
    assert words.verdict({"verdict": "no base", "value": None}).words == "nothing to measure"
    assert words.verdict({"verdict": "no base", "value": 0.2}).words == "nothing to compare with"


def test_decimals_follow_the_interval_and_are_the_same_for_value_and_ends():
    assert words.value(row(value=0.05912, ci_low=0.05909, ci_high=0.05915), STYLE) == "5.912%"
    assert words.interval(row(value=0.05912, ci_low=0.05909, ci_high=0.05915), STYLE) == "95% interval 5.909 – 5.915%"
    assert words.value(row(value=0.0594, ci_low=0.02, ci_high=0.12), STYLE) == "5.9%"


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({"verdict": "up", "better": "up"}, "good", "up, better, beyond noise"),
        ({"verdict": "up", "better": "down"}, "bad", "up, worse, beyond noise"),
        ({"verdict": "down", "better": "down"}, "good", "down, better, beyond noise"),
        ({"verdict": "down", "better": "none"}, "moved", "down, beyond noise"),
        ({"verdict": "no change"}, "flat", "no change beyond noise"),
        ({"verdict": "no change", "flags": "unfinished"}, "flat", "no change beyond noise, period not finished"),
        ({"verdict": "can't tell", "n_units": 118, "base_n_units": 400}, "wait", "can't tell (n = 118)"),
        ({"verdict": "not finished"}, "wait", "not finished"),
        ({"verdict": "hidden", "value": None}, "wait", "hidden: < 10 people, or next to such a group"),
        ({"verdict": "hidden"}, "wait", "can't compare: fewer than 10 people before"),
        ({"verdict": "off"}, "wait", "not measured"),
        ({"verdict": "no base", "value": 0.1}, "flat", "nothing to compare with"),
        ({"verdict": None}, "none", ""),
    ],
)
def test_every_verdict_has_words_and_a_colour_only_if_it_judges(changes, kind, says):
    verdict = words.verdict(row(**changes))
    assert (verdict.kind, verdict.words) == (kind, says)
    assert bool(verdict.sign) == bool(says)


def test_a_change_names_its_base_and_interval():
    assert words.change(row(), STYLE, "September") == "+0.8 points on September (+0.5 … +1.1)"
    money = row(unit="money", difference=-0.02, difference_low=-0.07, difference_high=0.04)
    assert words.change(money, STYLE, "September") == "−€0.02 on September (−€0.07 … +€0.04)"


def test_counts_over_periods_of_unequal_length_say_so():
    counted = row(
        unit="count",
        value=1770.0,
        difference=-257.4,
        difference_low=-410.0,
        difference_high=-105.0,
        denominator=31.0,
        base_denominator=30.0,
    )
    assert words.change(counted, STYLE, "September").startswith("−257 on September at equal length (−410 … −105)")
    assert "equal length" not in words.change({**counted, "base_denominator": 31.0}, STYLE, "September")


def test_a_sum_of_money_over_days_is_a_total_too():
    revenue = row(
        unit="money", value=27_181.25, numerator=27_181.25, denominator=31.0, base_denominator=30.0, n_units=461,
        base_value=23_137.94, difference=3272.05, difference_low=-584.6, difference_high=7306.0,
    )  # fmt: skip
    assert words.change(revenue, STYLE, "September") == "+€3,272 on September at equal length (−€585 … +€7,306)"
    assert words.counts(revenue, STYLE, {}) == "in 31 days"
    assert words.size(revenue, STYLE, {}) == "461"
    assert not words.is_total(row(unit="money", value=2.5, numerator=25.0, denominator=10.0))


def test_days_known_to_a_day_have_no_decimals_and_name_their_unit_once():
    lifetime = row(
        unit="days",
        value=376.0,
        ci_low=331.0,
        ci_high=473.0,
        difference=11.2,
        difference_low=-36.6,
        difference_high=59.1,
    )
    assert words.value(lifetime, STYLE) == "376 days"
    assert words.interval(lifetime, STYLE) == "95% interval 331 – 473 days"
    assert words.change(lifetime, STYLE, "") == "+11 days (−37 … +59)"


def test_a_figure_that_was_not_compared_says_that_it_is_off_or_hidden():
    assert words.verdict(row(verdict=None, value=None, flags="off")).words == "not measured"
    assert words.verdict(row(verdict=None, value=None, flags="suppressed")).words.startswith("hidden")


def test_numerator_and_denominator_say_what_they_are():
    median = row(unit="seconds", value=51.55, numerator=23_191.8, denominator=220.0)
    assert words.counts(median, STYLE, {}) == "n = 220"
    assert words.counts({**median, "value": 23_191.8 / 220}, STYLE, {}) == "6 h 27 min over 220"
    nouns = {"nouns": {row()["metric_id"]: "deliveries"}}
    assert words.counts(row(), STYLE, nouns) == "16,412 of 278,160 deliveries"
    assert words.counts(row(unit="money", numerator=63977.0), STYLE, nouns) == "€63,977 over 278,160 deliveries"
    assert words.counts(row(unit="count", denominator=31.0), STYLE, {}) == "in 31 days"
    assert words.counts(row(denominator=None), STYLE, {}) == ""
    assert words.counts(row(unit="score", numerator=11.0, denominator=63.0), STYLE, {}) == "n = 63"


def test_of_amounts_the_card_says_money_and_the_table_people():
    block = {"amounts": [row()["metric_id"]]}
    churned = row(numerator=703.4, denominator=11_063.0, n_units=750)
    assert words.counts(churned, STYLE, block) == "€703 of €11,063"
    assert words.size(churned, STYLE, block) == "750"
    assert words.size(churned, STYLE, {}) == "11,063"


def test_findings_put_whole_figures_first_and_leave_nothing_out():
    lines = finding_words.findings([*device_rows(), *email_rows()], STYLE, "September")
    leads = [lead for lead, _ in lines]
    assert leads[0].startswith("Unsubscribe rate rose from 0.32% to 0.41%")
    assert leads[3].startswith("Click rate, device class desktop rose")
    assert lines[-1] == (
        "",
        "2 further figures show no change beyond noise; 2 are too small to tell; 1 is not finished yet; 1 is hidden to protect small groups;"
        " 1 could not be measured with these data.",
    )


def test_nothing_changed_is_a_finding():
    still = [row(f"metric_{number}", verdict="no change") for number in range(3)]
    assert finding_words.findings(still, STYLE, "September") == [
        ("Nothing changed beyond noise.", "3 figures compared with September.")
    ]


def test_one_family_counts_a_comparison_once_and_decides_by_the_adjusted_value():
    rows = [row(f"metric_{number}", p_value=p) for number, p in enumerate([0.04, 0.03, 0.5, 0.6, 0.7])]
    family = RunFamily([*rows, *rows])
    assert family.n_tests == 5
    assert family.decide(rows[1])["verdict"] == "no change"  # 0.03 alone would do, among five it does not
    assert family.decide(rows[1])["p_adjusted"] == pytest.approx(
        0.1
    )  # Benjamini-Hochberg by hand: min(.03·5/1, .04·5/2)
    assert RunFamily(rows[1:2]).decide(rows[1])["verdict"] == "up"


def test_a_row_without_enough_data_is_no_test():
    short = row("short", p_value=0.001, shortfall="fewer than 30")
    family = RunFamily([row(), short])
    assert family.n_tests == 1
    assert family.decide(short)["verdict"] == "can't tell"


def test_the_last_of_many_changes_is_said_in_the_singular():
    rows = [row(f"metric_{number}") for number in range(9)]
    assert finding_words.findings(rows, STYLE, "September")[-1] == (
        "1 more changed beyond noise.",
        "It stands in the tables.",
    )


def test_the_code_of_a_segment_is_said_in_words_and_a_name_as_it_is():
    assert words.segment_words("channel_group=organic_search") == "channel group organic search"
    assert words.segment_words("campaign=Autumn_B") == "campaign Autumn_B"


def test_only_a_verdict_gives_a_finding_its_colour():
    better = finding_words.sentence(row(verdict="up", better="up"), STYLE, "September")
    worse = finding_words.sentence(row(verdict="up", better="down"), STYLE, "September")
    changed = finding_words.sentence(row(verdict="down", better="none"), STYLE, "September")
    assert [finding_words.tone(rest) for _, rest in (better, worse, changed)] == ["good", "bad", "moved"]
    assert (
        finding_words.tone("36 figures compared with September.")
        == finding_words.tone("Chance of a true miss: 53%.")
        == ""
    )
    html = components.render({"block": "findings", **report_blocks.measured("findings", pd.DataFrame([row(verdict="up", better="up")]), base_name="September").to_json()}, Context())  # fmt: skip
    assert '<li class="good">' in html


def test_findings_show_five_and_fold_the_rest_and_money_in_a_column_has_the_same_decimals():
    block = report_blocks.measured(
        "findings", pd.DataFrame([row(f"metric_{number}") for number in range(7)]), base_name="September"
    )
    html = components.render({"block": "findings", **block.to_json()}, Context())
    assert html.partition("<details>")[0].count("<strong>") == 5 and "2 more changed beyond noise</summary>" in html
    table = report_blocks.table(
        pd.DataFrame({"who": ["a", "b"], "spent": [12_026.0, 9_681.58]}), units={"spent": "money"}
    )
    html = components.render({"block": "table", **table.to_json()}, Context())
    assert "€12,026" in html and "€9,682" in html


def test_an_unfinished_period_is_said_in_verdict_change_and_finding():
    part = row(flags="unfinished")
    assert words.verdict(part).words == "up, better, beyond noise, period not finished"
    assert "on the same days of September" in words.change(part, STYLE, "September")
    assert finding_words.sentence(part, STYLE, "September")[0].endswith("to 5.9% so far.")
    assert (
        finding_words.still([row(verdict="no change", flags="unfinished")], "September")[0][0]
        == "Nothing changed beyond noise so far."
    )


def published(value, version=1, flags=""):
    return {
        "metric_id": "click_rate",
        "segment": "",
        "period": "2026-09",
        "value": str(value),
        "definition_version": str(version),
        "flags": flags,
    }


@pytest.mark.parametrize(
    ("said", "flag"),
    [
        (published(0.051), ""),
        (published(0.0512), "restated"),
        (published(0.051, 2), "method_changed"),
        (published(0.02, 1, "unfinished"), ""),
    ],
)
def test_what_the_report_of_the_base_said_is_held_against_it(said, flag):
    decided = RunFamily([row()], Archive([said]), STYLE).decide(row())
    assert decided["flags"] == flag
    assert ("method changed" in words.verdict(decided).words) == (flag == "method_changed")
    assert ("reported at the time as 5.1%" in words.change(decided, STYLE, "September")) == bool(flag)


@pytest.mark.parametrize("better", ["up", "down"])
def test_the_chance_of_missing_a_target_is_that_of_the_true_value_on_the_wrong_side(better):
    draws = np.random.default_rng(5).normal(0.43, 0.02 / 1.959964, 200_000)  # by simulation, the second way
    measured = row(value=0.43, ci_low=0.41, ci_high=0.45, better=better)
    for target in (0.40, 0.425, 0.44):
        wrong = draws < target if better == "up" else draws > target
        assert targets.chance_of_missing(measured, target) == pytest.approx(wrong.mean(), abs=0.004)


def test_a_target_is_said_with_its_chance_and_only_where_there_is_one():
    assert (
        targets.said(row(), {"targets": {"click_rate": 0.06}}, STYLE, 1)
        == "target 6.0%: missed, chance of missing it 84%"
    )
    assert (
        targets.said(row(better="down"), {"targets": {"click_rate": 0.08}}, STYLE, 1)
        == "target 8.0%: met, chance of missing it under\xa01%"
    )
    assert targets.said(row(better="none"), {"targets": {"click_rate": 0.06}}, STYLE, 1) == "target 6.0%"
    assert targets.said(row(), {}, STYLE, 1) == ""
    block = report_blocks.measured("headline", pd.DataFrame([row()]), targets={"click_rate": 0.06})
    assert "chance of missing it 84%" in block.to_text() and "chance of missing it 84%" in block.to_html()


def test_a_target_stands_in_tables_findings_and_index_and_not_at_segments():
    import nbformat

    from cxkit.report.page.index import Entry, render_index
    from cxkit.report.page.render import Run

    frame = pd.DataFrame([row(), row(segment="device_class=mobile")])
    block = report_blocks.measured("breakdown", frame, targets={"click_rate": 0.055}, base_name="September")
    table = components.render({"block": "breakdown", **block.payload}, Context())
    assert table.count("<small>target 5.5%: met, chance of missing it under\xa01%</small>") == 1
    missed = targets.sentences([row(value=0.05, ci_low=0.048, ci_high=0.052)], {"click_rate": 0.055}, STYLE)
    assert missed == [("Target missed: Click rate 5.0%, target 5.5%.", "Chance of a true miss: over\xa099%.")]
    cell = nbformat.v4.new_code_cell("report.headline()", outputs=[nbformat.v4.new_output("display_data", report_blocks.measured("headline", frame, targets={"click_rate": 0.055})._repr_mimebundle_())])  # fmt: skip
    entry = Entry("email", "E-mail", "", "", nbformat.v4.new_notebook(cells=[cell]))
    page = render_index([entry], Run(), "Shop", "October 2026", [])
    assert page.count("target 5.5%: met, chance of missing it under\xa01%") == 1
    assert "Target met: Click rate 5.9%, target 5.5%." in page


def test_a_count_of_an_unfinished_period_has_not_missed_its_target():
    part = row("visits", unit="count", value=2862.0, ci_low=2718.0, ci_high=3012.0, flags="unfinished")
    assert targets.said(part, {"targets": {"visits": 10_000}}, STYLE, 0) == "target 10,000: period not finished"
    assert targets.sentences([part], {"visits": 10_000}, STYLE) == []


def test_columns_that_would_be_empty_are_left_out_and_counts_of_unequal_periods_say_their_days():
    new = row(base_value=None, difference=None, verdict="no base")
    block = report_blocks.measured("breakdown", pd.DataFrame([new]), base_name="September")
    table = components.render({"block": "breakdown", **block.payload}, Context())
    assert "Verdict" not in table and "Before" not in table and "Interval" in table
    counted = row(
        "visits", unit="count", value=2242.0, base_value=2572.0, denominator=31.0, base_denominator=30.0, verdict="down",
        difference=-416.0, difference_low=-592.0, difference_high=-240.0, ci_low=2119.0, ci_high=2371.0,
    )  # fmt: skip
    lead, rest = finding_words.sentence(counted, STYLE, "September")
    assert lead == "Visits fell from 2,572 in 30 days to 2,242 in 31 days."
    assert "at equal length" in rest and "at equal length" not in words.change_in_a_table(counted, STYLE)


@pytest.mark.parametrize(("value", "says"), [(1.3e-5, "< 0.001"), (0.0304, "0.030"), (1.0, "1.000")])
def test_a_p_value_is_said_to_three_places(value, says):
    assert STYLE.value(value, "p") == says
    assert (
        report_blocks.table(pd.DataFrame({"name": ["a"], "p_adjusted": [value]})).payload["columns"][1]["unit"] == "p"
    )


def test_a_figure_without_segments_stands_in_a_table_of_its_own_and_a_column_of_no_intervals_is_left_out():
    rows = [
        row("active", segment="window=1 day"),
        row("active", segment="window=7 days"),
        row("stickiness", title="Stickiness"),
    ]
    html = report_blocks.measured("breakdown", pd.DataFrame(rows), STYLE).to_html()
    assert "Active</a> by window" in html or "Active by window" in html
    assert "Stickiness by window" not in html and "<em>all</em>" not in html
    counted = [row("followers", segment=f"brand_id={name}", ci_low=None, ci_high=None) for name in "ab"]
    html = report_blocks.measured("breakdown", pd.DataFrame(counted), STYLE).to_html()
    assert "Interval" not in html and "Followers by brand<" in html


def test_changes_and_verdicts_stay_on_a_line_unless_one_is_long():
    short = report_blocks.measured("breakdown", pd.DataFrame([row()])).to_html()
    times = row(unit="seconds", difference=-19_860.0, difference_low=-55_500.0, difference_high=20_940.0)
    assert '"wrap line"' in short and '"words line"' in short
    assert " line" not in report_blocks.measured("breakdown", pd.DataFrame([times])).to_html()
