"""How many days a figure waits is said once: views call it by name, definitions quote it."""

import re

import pytest

from cxkit.dataset.naming import shipped_views
from cxkit.dataset.windows import WINDOWS
from cxkit.engine.duckdb import words
from cxkit.metric import catalogue

IN_THE_COLUMNS_NAME = {"buyers": {"90", "180", "365"}, "installs": {"7", "30"}}  # such as margin_90


@pytest.mark.parametrize("name", shipped_views())
def test_a_view_states_no_days_of_its_own(name):
    stated = set(re.findall(r"(\d+) days?\b", shipped_views()[name])) - {"1"}
    assert stated == IN_THE_COLUMNS_NAME.get(name, set())


@pytest.mark.parametrize("window", WINDOWS)
def test_every_window_is_called_by_a_view(window):
    assert any(window in words(sql) for sql in shipped_views().values())


@pytest.mark.parametrize(
    ("window", "metrics"),
    [
        ("message_days", ["email_conversion_rate", "unsubscribe_rate", "campaign_response_rate"]),
        ("renewal_days", ["renewal_rate", "customer_churn_rate"]),
        ("winback_days", ["winback_rate"]),
    ],
)
def test_definitions_quote_it(window, metrics):
    for name in metrics:
        assert f"{WINDOWS[window]} days" in catalogue()[name].definition
