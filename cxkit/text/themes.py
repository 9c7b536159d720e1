"""Themes that texts have in common: TF-IDF and non-negative matrix factorisation, with words that many authors use only.

A theme is a bundle of words that go together. How firm it is shows in its stability: fitted again on texts drawn anew from another start,
does the same bundle come back?
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxkit.stats.ties import ROUNDING, settled

REFITS = 20
MOST_TEXTS_REFITTED = 5_000
TERMS = 5
LEAST_TEXTS = 50
NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|@\w+|&\w+;")  # addresses, handles, entities
WORD = r"[^\W\d_]{3,}"


@dataclass(frozen=True)
class Themes:
    """Themes of texts in one language.

    Attributes
    ----------
    table : DataFrame, one row a theme, the most frequent first
        `theme` (its three strongest words), `terms`, `n_texts` whose strongest theme it is, `share` of all texts, `stability` 0–1
        (mean cosine between the theme and its twin in refits). Empty where there is too little text.
    theme_of : ndarray of int, shape of the texts
        Row of the table that is a text's strongest theme; −1 if it has none of the words.
    reason : str
        Why there are no themes; "" if there are.
    """

    table: pd.DataFrame
    theme_of: np.ndarray
    reason: str = ""


def find_themes(
    texts: Sequence[str],
    authors: Sequence[str | None],
    language: str,
    *,
    n_themes: int = 6,
    k: int = 10,
    ignore: frozenset[str] = frozenset(),
    seed: int = 1,
) -> Themes:
    """Find themes in texts of one language.

    Parameters
    ----------
    texts, authors : sequences of one length
        Unknown authors (None) count as one person, so that words of theirs are shown only if many others use them.
    language : str
        ISO 639-1; its stop words come from the collection *stopwords-iso*.
    k : int
        Words that fewer authors use are not looked at and never shown.
    ignore : frozenset of str
        Words that carry no theme here, such as the names of the brands.
    seed : int
        The same texts and seed give the same themes.

    References
    ----------
    Lee & Seung (1999), Nature 401, 788–791; Greene, O'Callaghan & Cunningham (2014), ECML PKDD, on stability under resampling.

    Examples
    --------
    >>> texts = ["parcel courier late"] * 40 + ["tea taste lovely"] * 40
    >>> found = find_themes(texts, [f"a{n}" for n in range(80)], "en", n_themes=2)
    >>> found.table.n_texts.tolist(), found.table.terms[0].split(", ")[0] in ("courier", "parcel", "late", "lovely", "taste", "tea")
    ([40, 40], True)
    """
    bare = [NOISE.sub(" ", text or "").lower() for text in texts]
    words = _common_words(bare, authors, stop_words(language) | ignore, k)
    reason = ""
    if len(bare) < LEAST_TEXTS:
        reason = f"{len(bare)} texts, needs {LEAST_TEXTS}"
    elif len(words) < 2 * n_themes:
        reason = f"{len(words)} words that {k} authors use, needs {2 * n_themes}"
    if reason:
        return Themes(_table([], [], [], []), np.full(len(bare), -1), reason)
    weights = _weights(bare, words)
    documents, themes = _factorise(weights, n_themes, "nndsvda", seed)
    theme_of = np.where(documents.max(axis=1) > 1e-9, _strongest(documents), -1)
    counts = np.bincount(theme_of[theme_of >= 0], minlength=n_themes)
    order = np.argsort(-counts, kind="stable")
    stability = _stability(weights, themes, seed)
    terms = [
        [words[place] for place in np.argsort(settled(-themes[row]), kind="stable")[:TERMS] if themes[row, place] > 0]
        for row in order
    ]
    rank = np.append(np.argsort(order), -1)  # old row → new row; −1 stays −1
    return Themes(_table(terms, counts[order], counts[order] / len(bare), stability[order]), rank[theme_of])


def _table(terms: list[list[str]], counts: ArrayLike, shares: ArrayLike, stability: ArrayLike) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "theme": [", ".join(words[:3]) for words in terms], "terms": [", ".join(words) for words in terms],
            "n_texts": np.array(counts, dtype=int), "share": np.array(shares, dtype=float),
            "stability": np.array(stability, dtype=float),
        }
    )  # fmt: skip


def _common_words(texts: Sequence[str], authors: Sequence[str | None], stop: frozenset[str], k: int) -> list[str]:
    """Words other than stop words that at least k authors use, in the order of the alphabet."""
    users: dict[str, set[str | None]] = {}
    for text, author in zip(texts, authors, strict=True):
        for word in set(re.findall(WORD, text)) - stop:
            users.setdefault(word, set()).add(author if isinstance(author, str) else None)
    return sorted(word for word, names in users.items() if len(names) >= k)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words of a language that carry no theme; none for a language that the collection lacks.

    Examples
    --------
    >>> "the" in stop_words("en"), "und" in stop_words("de"), "oraz" in stop_words("pl")
    (True, True, True)
    """
    import stopwordsiso

    found = stopwordsiso.stopwords(language) if stopwordsiso.has_lang(language) else set()
    return frozenset(part for word in found for part in re.findall(WORD, word.lower()))


def _weights(texts: Sequence[str], words: Sequence[str]):  # type: ignore[no-untyped-def]
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(vocabulary=words, token_pattern=WORD, sublinear_tf=True).fit_transform(texts)


def _factorise(weights, n_themes: int, init: str, seed: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[no-untyped-def]
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    model = NMF(n_components=n_themes, init=init, random_state=seed, max_iter=400, tol=1e-4)
    # The words in order of weight do not change in the last steps; a perfect fit leaves an error that rounding puts below zero.
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        documents = model.fit_transform(weights)
    return documents, model.components_


def _stability(weights, themes: np.ndarray, seed: int) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Mean cosine of each theme with its twin in refits on texts drawn with replacement, from a random start each."""
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(seed)
    n = weights.shape[0]
    drawn = min(n, MOST_TEXTS_REFITTED)
    total = np.zeros(len(themes))
    for refit in range(REFITS):
        _, again = _factorise(weights[rng.integers(0, n, drawn)], len(themes), "random", seed + 1 + refit)
        likeness = _unit(themes) @ _unit(again).T
        rows, columns = linear_sum_assignment(settled(-likeness.ravel()).reshape(likeness.shape))
        total[rows] += likeness[rows, columns]
    return total / REFITS


def _strongest(documents: np.ndarray) -> np.ndarray:
    """The theme of the largest weight, the first of those that are as large but for rounding."""
    return (documents >= documents.max(axis=1, keepdims=True) * (1 - ROUNDING)).argmax(axis=1)


def _unit(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)
