"""Values of successive periods equal those of each period measured alone."""

import pytest

import cxkit as cx
from cxkit.measurement.history import values_over
from cxkit.measurement.measure import measure
from cxkit.metric import catalogue

# Ratios, counts, medians, a metric that needs a column that is not there, one computed by a function, one without rows in most months.
IDS = (
    "bounce_rate", "sessions", "orders", "average_order_value", "delivery_rate", "open_rate", "renewal_rate",
    "task_completion_rate", "time_on_task", "stickiness", "revenue_churn", "push_direct_open_rate",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop():
    return cx.open_data("data/sample")


@pytest.mark.parametrize("label", ["2026-08", "2026-W40", "2026-10-01..2026-10-07"])
def test_values_over_periods_equal_those_measured_one_by_one(shop, label):
    metrics = [catalogue()[name] for name in IDS]
    last = cx.Period.parse(label)
    periods = [last.previous().previous(), last.previous(), last]
    together = values_over(shop, metrics, periods)
    assert list(together.period.drop_duplicates()) == [period.label for period in periods]
    for period, rows in together.groupby("period"):
        alone = measure(shop, metrics, cx.Period.parse(period)).set_index("metric_id")
        rows = rows.set_index("metric_id").loc[alone.index]
        assert list(rows.n_units) == list(alone.n_units)
        assert list(rows["flags"]) == list(alone["flags"])
        assert rows.value.to_numpy() == pytest.approx(alone.value.to_numpy(), rel=1e-12, nan_ok=True)


def test_values_over_periods_of_a_segment_that_nobody_is_in_are_off_as_alone(shop):
    metrics = [catalogue()["open_rate"]]
    october = cx.Period.parse("2026-10")
    values = values_over(shop, metrics, [october.previous(), october], segment="surface=android")
    assert list(values["flags"]) == ["off", "off"]
