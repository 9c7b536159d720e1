"""The tone of short texts: positive, neutral or negative.

English is scored by VADER (Hutto & Gilbert 2014), a lexicon with rules for negation, emphasis and emoji. Other languages are not scored:
a guess would look like a measurement. To score another language, or English in another way, put a function into `SCORERS`:

    from cxkit.text import sentiment

    def polish(texts, language):
        return [my_model(text) for text in texts]        # "positive", "neutral", "negative", or None where it cannot say

    sentiment.SCORERS["pl"] = polish
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from cxkit.errors import ArgumentError

LABELS = ("positive", "neutral", "negative")
THRESHOLD = 0.05  # of VADER's compound score, as its authors set it

Scorer = Callable[[Sequence[str], str], Sequence[str | None]]


def compound(texts: Sequence[str]) -> np.ndarray:
    """VADER's compound score of English texts.

    Returns
    -------
    ndarray, shape of texts
        −1 (very negative) to +1 (very positive).

    References
    ----------
    Hutto & Gilbert (2014), VADER: a parsimonious rule-based model for sentiment analysis of social media text, ICWSM.

    Examples
    --------
    >>> compound(["The tea is great!", "It came on Monday."]).round(2)
    array([0.66, 0.  ])
    """
    return np.array([_compound(text) for text in texts], dtype=float)


def vader(texts: Sequence[str], language: str) -> list[str | None]:
    """The scorer of English: positive from +0.05, negative from −0.05, else neutral.

    Examples
    --------
    >>> vader(["The tea is great!", "It came on Monday.", "Awful."], "en")
    ['positive', 'neutral', 'negative']
    """
    return [
        "positive" if score >= THRESHOLD else "negative" if score <= -THRESHOLD else "neutral"
        for score in compound(texts)
    ]


SCORERS: dict[str, Scorer] = {"en": vader}


def score(texts: Sequence[str | None], languages: Sequence[str | None]) -> list[str | None]:
    """Label texts by the scorer of their language; None without a text, a language or a scorer.

    Parameters
    ----------
    texts, languages : sequences of one length
        Languages as BCP 47; "en-GB" goes to the scorer of "en-GB" if there is one, else to that of "en".

    Raises
    ------
    ArgumentError
        A scorer gave another number of labels than it had texts, or a label that is none of `LABELS`.

    Examples
    --------
    >>> score(["Great!", "Świetne!", "Great!"], ["en-GB", "pl", None])
    ['positive', None, None]
    """
    labels: list[str | None] = [None] * len(texts)
    places: dict[str, list[int]] = {}
    for place, (text, language) in enumerate(zip(texts, languages, strict=True)):
        if isinstance(text, str) and text.strip() and (known := _scored_as(language)):
            places.setdefault(known, []).append(place)
    for language, chosen in places.items():
        found = _asked(language, [str(texts[place]) for place in chosen])
        for place, label in zip(chosen, found, strict=True):
            labels[place] = label
    return labels


def _scored_as(language: object) -> str | None:
    if not isinstance(language, str):
        return None
    return next((name for name in (language, language.split("-")[0].lower()) if name in SCORERS), None)


def _asked(language: str, texts: list[str]) -> list[str | None]:
    found = list(SCORERS[language](texts, language))
    if len(found) != len(texts):
        raise ArgumentError(
            f"the scorer of {language!r} gave {len(found)} labels for {len(texts)} texts; expected one each."
        )
    if wrong := sorted({str(label) for label in found if label is not None and label not in LABELS}):
        raise ArgumentError(
            f"the scorer of {language!r} gave the label {wrong[0]!r}; expected {', '.join(LABELS)} or None."
        )
    return found


@lru_cache(maxsize=100_000)  # several figures ask for the tone of the same text
def _compound(text: str) -> float:
    return float(_vader().polarity_scores(text)["compound"])


@cache
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
