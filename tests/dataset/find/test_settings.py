"""dataset.yml: read whole, refused with every fault at once, in words."""

from datetime import date

import pytest

from cxkit.dataset.find.settings import Settings, check_settings, read_settings
from cxkit.errors import DataError


def refusal(entries: object) -> str:
    with pytest.raises(DataError) as caught:
        check_settings(entries, origin="dataset.yml")
    return str(caught.value)


def test_a_full_file(tmp_path):
    path = tmp_path / "dataset.yml"
    path.write_text(
        "title: Larkmoor Tea\ntimezone: Europe/Warsaw\nsource_timezone: Europe/London\ncurrency: EUR\n"
        "tables:\n  events: {from: 2025-09-01, to: 2026-10-31}\nkey_events: [purchase]\nk: 20\nmargin_share: 0.42\n"
        "guests: keep\non_faults: reject\nunknown_values: other\nweights: {share: 3}\nstages: {checkout: during}\n"
        'audience_targets: {25-34: 0.4}\nworking_days: [mon, sat]\nworking_hours: ["08:30", "24:00"]\nlicence:\n',
        encoding="utf-8-sig",
    )
    found = read_settings(path)
    assert found.tables == {"events": (date(2025, 9, 1), date(2026, 10, 31))}
    assert (found.timezone, found.source_timezone, found.currency) == ("Europe/Warsaw", "Europe/London", "EUR")
    assert (found.k, found.margin_share, found.key_events, found.weights) == (20, 0.42, ("purchase",), {"share": 3.0})
    assert found.licence == "" and found.working_hours == ("08:30", "24:00")


def test_an_empty_file_means_the_defaults(tmp_path):
    path = tmp_path / "dataset.yml"
    path.write_text("# nothing yet\n", encoding="utf-8")
    assert read_settings(path) == Settings()


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"time_zone": "UTC"}, "unknown key `time_zone`. Did you mean `timezone`?"),
        ({"colour": "red"}, "unknown key `colour`. Known are title,"),
        ({"timezone": "Europe/Amsterdm"}, "'Europe/Amsterdm' is no time zone of the IANA list, such as Europe/Amsterdam. Did you mean `Europe/Amsterdam`?"),
        ({"timezone": 2}, "`timezone`: expected text, found 2."),
        ({"currency": "euro"}, "`currency`: expected three capital letters (ISO 4217) such as EUR, found 'euro'."),
        ({"k": 3}, "`k`: expected a whole number from 5 to 1000, found 3."),
        ({"k": True}, "`k`: expected a whole number from 5 to 1000, found True."),
        ({"margin_share": 42}, "`margin_share`: expected a number from 0 to 1, found 42."),
        ({"guests": "kep"}, "`guests`: expected keep or reject, found 'kep'. Did you mean `keep`?"),
        ({"key_events": "purchase"}, "`key_events`: expected a list such as [a, b], found 'purchase'."),
        ({"tables": {"event": {"from": "2026-01-01", "to": "2026-01-31"}}}, "or series, found 'event'. Did you mean `events`?"),
        ({"tables": {"events": {"from": "2026-01-01"}}}, "`tables`: `events`: expected {from: 2026-01-01, to: 2026-12-31}, found a mapping."),
        ({"tables": {"events": {"from": "2026-02-01", "to": "2026-01-31"}}}, "`tables`: `events`: ends (2026-01-31) before it begins (2026-02-01)."),
        ({"tables": {"events": {"from": "soon", "to": "2026-01-31"}}}, "`tables`: `events`: expected a day such as 2026-01-31, found 'soon'."),
        ({"weights": [1]}, "`weights`: expected lines of `name: value`, found a list."),
        ({"working_days": ["monday"]}, "`working_days`: entry 1: expected mon, tue, wed, thu, fri, sat or sun, found 'monday'."),
        ({"working_hours": ["17:00", "09:00"]}, '`working_hours`: expected start and end such as ["09:00", "17:30"], found a list.'),
        (["timezone"], "expected lines of `name: value`, found a list."),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_with_file_key_and_what_was_expected(entries, message):
    assert refusal(entries).startswith("dataset.yml: ") and message in refusal(entries)


def test_all_faults_come_in_one_message():
    assert len(refusal({"time_zone": "UTC", "k": 0, "guests": "yes"}).splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [1, 2\nb: 3\n", "dataset.yml, line 2: not valid YAML"),
        (b"title: caf\xe9\n", "dataset.yml: not UTF-8 text."),
        (b"tables: {events: {from: 2026-99-99, to: 2026-01-01}}\n", "not valid YAML"),
    ],
)
def test_a_broken_file_is_refused_with_the_line_where_it_is_known(tmp_path, content, message):
    path = tmp_path / "dataset.yml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_settings(path)
