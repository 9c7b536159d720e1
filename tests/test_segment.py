"""A segment is read once; as text it has one form, which is read back whatever the values hold."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxkit as cx
from cxkit.areas import value
from cxkit.errors import ArgumentError
from cxkit.segment import Condition, Segment

values = st.text(max_size=12) | st.sampled_from(
    ["Tea, loose", "gift=card", 'say "hi"', "Shop; Graz", " ", "", "none", '"', ',"']
)
segments = st.lists(
    st.builds(Condition, st.from_regex(r"[a-z_][a-z0-9_]*", fullmatch=True), st.lists(values, min_size=1, max_size=3).map(tuple)), max_size=3
).map(lambda found: Segment(tuple(found)))  # fmt: skip


@given(segments)
def test_whatever_the_values_hold_the_text_gives_the_segment_again(segment):
    assert Segment.parse(str(segment)) == segment


@given(segments, values)
def test_a_part_is_one_more_condition_and_nothing_of_it_is_lost(segment, level):
    part = Segment.parse(str(segment.part("category", level)))
    assert part.conditions[:-1] == segment.conditions and part.conditions[-1] == Condition("category", (level,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("country=PL", "country=PL"),
        (" country = PL ; device_class=mobile , tablet;", "country=PL; device_class=mobile,tablet"),
        ("category=gift=card", "category=gift=card"),
        ('category="Tea, loose"', 'category="Tea, loose"'),
        ('x_note="say ""hi"""', 'x_note="say ""hi"""'),
        ('country="PL"', "country=PL"),
        ("", ""),
        (" ; ", ""),
    ],
)
def test_what_people_write_is_understood(text, said):
    assert str(Segment.parse(text)) == said


@pytest.mark.parametrize(
    "text", ["mobile", "country=", "country=PL,", "=PL", 'country="PL', "Shop; Graz", 'country=P"L', 'a="b"c']
)
def test_what_is_no_segment_is_refused_with_an_example_and_the_place(text):
    with pytest.raises(ArgumentError, match=r"column=value.*not understood from"):
        Segment.parse(text)


def test_everything_is_no_segment():
    assert not Segment() and Segment.parse("country=PL") and str(Segment()) == ""


def test_a_value_of_any_text_is_measured_labelled_and_chosen_again_unharmed():
    said = ["Tea, loose", "gift=card", 'say "hi"', "Shop; Graz", "=", "{braces}", "none of 'these'", "ąж 茶"]
    customers = pd.DataFrame({"customer_id": [f"c{n}" for n in range(len(said))], "x_kind": said})
    orders = pd.DataFrame({
        "order_id": [f"o{n}" for n in range(len(said))], "customer_id": customers.customer_id, "ordered_at": "2026-02-03T10:00:00Z",
        "status": "completed", "net_amount": [10.0 * (n + 1) for n in range(len(said))], "currency": "EUR",
    })  # fmt: skip
    source = cx.open_data({"orders": orders, "customers": customers}, settings={"timezone": "UTC"})
    february = cx.Period.parse("2026-02")
    parts = cx.measure(source, value.NET_REVENUE, february, by="x_kind").set_index("level")
    assert parts.value.to_dict() == {text: 10.0 * (n + 1) for n, text in enumerate(said)}
    for text in said:
        (chosen,) = cx.measure(source, value.NET_REVENUE, february, segment=parts.segment[text]).itertuples()
        assert (chosen.value, chosen.segment) == (parts.value[text], parts.segment[text])
