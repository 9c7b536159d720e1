"""Tone: VADER for English, nothing for the rest, a scorer of one's own where given."""

import pytest

from cxkit.errors import ArgumentError
from cxkit.text import sentiment


def test_the_thresholds_are_those_of_vader_s_authors():
    texts = ["Great tea!", "It is tea.", "Terrible tea."]
    scores = sentiment.compound(texts)
    assert scores[0] >= 0.05 > scores[1] > -0.05 >= scores[2]
    assert sentiment.vader(texts, "en") == ["positive", "neutral", "negative"]


def test_negation_turns_the_tone():
    assert sentiment.score(["This is not good."], ["en"]) == ["negative"]


def test_other_languages_and_empty_texts_are_not_guessed():
    languages = ["pl", None, "en", "en", "EN-us"]
    assert sentiment.score(["Wspaniała!", "Great!", "", None, "Great!"], languages) == [
        None,
        None,
        None,
        None,
        "positive",
    ]


def test_the_nearest_scorer_of_a_language_is_asked(monkeypatch):
    asked = []

    def scorer(texts, language):
        asked.append((list(texts), language))
        return ["neutral"] * len(texts)

    monkeypatch.setitem(sentiment.SCORERS, "de-AT", scorer)
    assert sentiment.score(["Servus", "Hallo", "Griaß di"], ["de-AT", "de-DE", "de-AT"]) == ["neutral", None, "neutral"]
    assert asked == [(["Servus", "Griaß di"], "de-AT")]


@pytest.mark.parametrize(("answer", "says"), [(["positive"], "1 labels for 2 texts"), (["good", None], "label 'good'")])
def test_a_scorer_that_answers_wrongly_is_told_so(monkeypatch, answer, says):
    monkeypatch.setitem(sentiment.SCORERS, "fr", lambda texts, language: answer)
    with pytest.raises(ArgumentError, match=says):
        sentiment.score(["a", "b"], ["fr", "fr"])
