"""A form reads what is written, and tells everything that does not fit with its line and place."""

import pytest

from cxkit import forms
from cxkit.errors import DataError

FORM = {
    "name": forms.scalar,
    "share": forms.number(0, 1),
    "people": forms.sequence(
        lambda written: forms.fill(written, {"age": forms.number(0, whole=True), "is_new": forms.flag})
    ),
    "days": forms.mapping(forms.day),
}


def filled(text):
    return forms.read(forms.load(text, "my.yml"), lambda written: forms.fill(written, FORM), "my.yml")


def test_values_come_as_their_kinds():
    assert filled("name: yes\nshare: 0.5\npeople: [{age: 3, is_new: false}]\ndays: {a: 2026-01-31}\n") == {
        "name": "true",
        "share": 0.5,
        "people": ({"age": 3, "is_new": False},),
        "days": {"a": forms.day("2026-01-31")},
    }


def test_what_is_not_written_is_left_out_and_an_empty_text_is_one():
    assert filled("name:\nshare:\npeople:\n") == {"name": ""}
    assert filled("") == {}


def test_every_fault_is_told_with_its_line_and_place():
    text = "nmae: x\nshare: 2\npeople:\n  - age: 1\n  - is_new: no\n    age: 1.5\n  - {age: .inf}\ndays:\n  a: soon\n"
    with pytest.raises(DataError) as error:
        filled(text)
    assert str(error.value).splitlines() == [
        "my.yml, line 1: unknown key `nmae`. Did you mean `name`?",
        "my.yml, line 2: `share`: expected a number from 0 to 1, found 2.",
        "my.yml, line 6: `people`: entry 2: `age`: expected a whole number, found 1.5.",
        "my.yml, line 7: `people`: entry 3: `age`: expected a whole number, found inf.",
        "my.yml, line 9: `days`: `a`: expected a day such as 2026-01-31, found 'soon'.",
    ]


def test_lines_survive_aliases_and_merged_keys():
    with pytest.raises(DataError, match="line 1: `people`: entry 1: `age`"):
        filled("people: [&one {age: x, is_new: true}]\n")
    assert filled("people: [&one {age: 1}, {<<: *one, is_new: true}]\n")["people"][1] == {"age": 1, "is_new": True}


def test_what_is_laid_over_brings_its_own_lines():
    base, own = forms.load("share: 0.1\nname: a\n", "base.yml"), forms.load("# mine\nshare: 3\n", "own.yml")
    with pytest.raises(DataError, match=r"^own\.yml, line 2: `share`"):
        forms.read(forms.over(base, own), lambda written: forms.fill(written, FORM), "own.yml")
