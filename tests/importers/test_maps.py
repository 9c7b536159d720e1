"""The form of a map: each mistake is named with its place."""

from pathlib import Path

import pytest

from cxkit.errors import ArgumentError, DataError
from cxkit.importers.maps import map_text, read_map

GOOD = """
tables:
  - table: orders
    columns: {order_id: id, ordered_at: when, status: =paid, net_amount: sum, currency: =EUR}
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tabels: []", "unknown key `tabels`. Did you mean `tables`?"),
        ("- a", "expected lines of `name: value`, found a list"),
        ("a: [", "not valid YAML"),
        ("", "`tables:` is missing"),
        ("title: x", "`tables:` is missing"),
        ("tables: [{table: order}]", "unknown table `order`. Did you mean `orders`?"),
        ("tables: [{table: orders, columns: {order: id}}]", "no column `order`"),
        ("tables: [{table: orders, columns: {order_id: {frm: id}}}]", "unknown key `frm`. Did you mean `from`?"),
        ("tables: [{table: orders, columns: {order_id: {from: id, is: 3}}}]", "expected one of from, is, add"),
        ("tables: [{table: orders, columns: {order_id: {from: id, as: idd}}}]", "`as`: expected text, id, number"),
        ("tables: [{table: orders, columns: {order_id: {from: id, hash: mail}}}]", "`hash`: expected email"),
        ("tables: [{table: orders, columns: {net_amount: {from: a, times: two}}}]", "`times`: expected a number"),
        ("tables: [{table: orders, columns: {net_amount: {from: a, times: .inf}}}]", "`times`: expected a number"),
        ("tables: [{table: orders, columns: {refunded_at: {from: a, after: (line)}}}]", "no column `(line)`"),
        ("tables: [{table: orders, checks: {Sum: {of: net_amont}}}]", "Did you mean `net_amount`?"),
        ("tables: [{table: orders, lookup: {file: {}}}]", "such as {ticket_id: id}"),
        ("prepare: os\ntables: [{table: orders}]", "unknown key `prepare`"),
        ("tables: [{table: orders, columns: {order_id: {from: {a: b}}}}]", "expected a text or a list"),
        ("tables: [{table: orders, leave_out: [{where: a, is: b}]}]", "needs `where:` (a heading) and `because:`"),
        ("tables: [{table: orders, leave_out: [{where: a, because: b}]}]", "one of is, not, like or blank"),
        ("tables: [{table: orders, lookup: {other: {a: b}}}]", "no sheet `other`"),
        ("tables: [{table: orders, combine: {by: a, net_amount: mean}}]", "`combine`: `net_amount`: expected sum"),
        (
            "tables: [{table: survey_answers, items: {q: {instrument: csat, scale: five}}}]",
            "`scale`: a scale is written as 1-5",
        ),
        ("sheets: {a: {columns: 3, whne: b}}\ntables: [{table: orders}]", "unknown key `whne`"),
        ("sheets: {a: {}}\ntables: [{table: orders}]", "`when:` is missing"),
        ("decimal: point\ntables: [{table: orders}]", "`decimal`: expected . or ,"),
        ("dates: dayfirst\ntables: [{table: orders}]", "Did you mean `day-first`?"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, says):
    path = tmp_path / "map.yml"
    path.write_text(text)
    with pytest.raises(DataError) as error:
        read_map("generic", path)
    assert says in str(error.value) and str(error.value).startswith("map.yml")


def test_all_mistakes_come_at_once_each_with_its_line_and_place(tmp_path):
    path = tmp_path / "map.yml"
    path.write_text(
        GOOD + "  - table: orders\n    columns:\n      order_id: {frm: id}\n      net_amonut: sum\ndecimel: ','\n"
    )
    with pytest.raises(DataError) as error:
        read_map("generic", path)
    assert str(error.value).splitlines() == [
        "map.yml, line 9: unknown key `decimel`. Did you mean `decimal`?",
        "map.yml, line 7: `tables`: entry 2: `columns`: `order_id`: unknown key `frm`. Did you mean `from`?",
        "map.yml, line 8: `tables`: entry 2: `columns`: `net_amonut`: orders has no column `net_amonut`. Did you mean `net_amount`? "
        "A column of your own begins with x_.",
    ]


def test_a_mistake_in_a_map_laid_over_is_told_with_its_own_line(tmp_path):
    path = tmp_path / "map.yml"
    path.write_text("# mine\ncolumns:\n  status: {from: State, as: texd}\n")
    with pytest.raises(DataError, match=r"^map\.yml, line 3: .*`as`: expected"):
        read_map("zendesk", path)


def test_a_good_map_is_recognised_by_the_headings_of_required_columns(tmp_path):
    path = tmp_path / "map.yml"
    path.write_text(GOOD)
    assert read_map("generic", path).sheets[0].when == {"id", "when", "sum"}


def test_a_users_map_is_laid_over_the_vendors(tmp_path):
    path = tmp_path / "map.yml"
    path.write_text('columns: {x_plan: Plan, touchpoint: =shop}\nitems: {"Why?": open_text}\n')
    part = read_map("typeform", path).tables[0]
    assert part.columns["touchpoint"].constant == "shop" and part.columns["x_plan"].heading == ("plan",)
    assert part.columns["survey_id"].ask and len(part.each) == 1


def test_a_copy_of_a_vendors_map_can_be_changed(tmp_path):
    path = tmp_path / "map.yml"
    path.write_text(map_text("zendesk").replace("hold: on_hold, on-hold", "hold: pending, on-hold"))
    part = read_map("zendesk", path).tables[0]
    assert part.columns["status"].choices["hold"] == "pending"
    path.write_text("columns: {statuss: Status}\n")
    with pytest.raises(DataError, match="Did you mean `status`"):
        read_map("zendesk", path)


def test_generic_needs_a_map_and_vendors_have_names():
    with pytest.raises(ArgumentError, match="--map"):
        read_map("generic")
    with pytest.raises(ArgumentError, match="Did you mean `zendesk`"):
        read_map("zendesc")
    with pytest.raises(ArgumentError, match="cannot read the map"):
        read_map("generic", "no/such/map.yml")


@pytest.mark.parametrize(
    "name", ["facebook-page-posts", "incident-log", "nps-survey", "online-shoppers", "sus-answers", "usability-tasks"]
)
def test_the_example_maps_keep_the_form(name):

    assert read_map("generic", Path(__file__).parents[2] / "docs" / "examples" / "maps" / f"{name}.yml").tables


def test_the_maps_of_the_documentation_work(bring):
    text = (Path(__file__).parents[2] / "docs" / "importing.md").read_text()
    items, whole = (block.split("```")[0] for block in text.split("```yaml\n")[1:])
    orders = "Order;Created;E-mail;State;Total;Shop;Items total\n1;17/04/2026 10:00;ann@example.org;done;5,50;A;5,50\n2;17/04/2026 10:00;;test;1;A;1\n"
    brought = bring("generic", {"map.yml": whole, "orders.csv": orders})
    row = brought.table("orders").iloc[0]
    assert (row["ordered_at"], row["net_amount"], row["status"], row["x_shop"]) == (
        "2026-04-17T08:00:00+00:00",
        "5.50",
        "completed",
        "A",
    )
    assert "Items total recomputed in 1 rows, all agree" in brought.said
    answers = "#,How likely are you to recommend us?,How satisfied were you with your visit?,The checkout was easy,Why?,Submit Date (UTC)\nr1,9,4,6,Nice,2026-03-01\n"
    survey = bring("typeform", {"map.yml": items, "responses.csv": answers}, "--set", "survey_id=spring").table(
        "survey_answers"
    )
    assert list(survey["instrument"]) == ["nps", "csat", "ces", "open_text"]
