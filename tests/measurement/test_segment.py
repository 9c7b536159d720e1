import pytest

from cxkit.errors import ArgumentError
from cxkit.measurement.segment import Segment, known_column, parse_segment


def test_a_segment_names_columns_and_values_that_must_all_hold():
    assert parse_segment(" device_class = mobile, tablet ;country=PL") == [
        Segment("device_class", ("mobile", "tablet")),
        Segment("country", ("PL",)),
    ]


def test_no_text_means_everybody():
    assert parse_segment("") == []


def test_a_value_cannot_leave_its_quotes():
    assert (
        parse_segment("country=x' or '1'='1")[0].sql
        == "coalesce(cast(country as varchar), 'none') in ('x'' or ''1''=''1')"
    )


@pytest.mark.parametrize("text", ["mobile", "=mobile", "device class=mobile", "country="])
def test_a_segment_of_another_form_is_refused_with_an_example(text):
    with pytest.raises(ArgumentError, match="device_class=mobile"):
        parse_segment(text)


def test_an_unknown_column_names_the_nearest():
    with pytest.raises(ArgumentError, match="Did you mean `device_class`"):
        known_column("device_clas", ["device_class", "country"], "sessions")
