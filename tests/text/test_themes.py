"""Themes: found again where planted, the same each time, and never a word of few."""

import numpy as np

from cxkit.text.themes import find_themes

PLANTED = {
    "delivery": ["parcel", "courier", "late", "doorstep"],
    "taste": ["flavour", "bitter", "fresh", "aroma"],
    "price": ["expensive", "cheap", "bargain", "discount"],
}


def texts(n: int = 240, seed: int = 1) -> tuple[list[str], list[str], np.ndarray]:
    rng = np.random.default_rng(seed)
    about = rng.choice(list(PLANTED), n, p=[0.5, 0.3, 0.2])
    words = [" and the ".join(rng.choice(PLANTED[theme], 3, replace=False)) for theme in about]
    return words, [f"a{i % 90}" for i in range(n)], about


def test_planted_themes_are_found_in_their_order_and_come_back_in_refits():
    said, authors, about = texts()
    found = find_themes(said, authors, "en", n_themes=3)
    assert [
        next(t for t, words in PLANTED.items() if terms.split(", ")[0] in words) for terms in found.table.terms
    ] == list(PLANTED)
    assert found.table.n_texts.tolist() == [int((about == theme).sum()) for theme in PLANTED]
    assert (found.table.stability > 0.85).all()
    assert [list(PLANTED)[row] for row in found.theme_of] == list(about)


def test_more_themes_than_there_are_come_back_less_often():
    said, authors, _ = texts()
    assert find_themes(said, authors, "en", n_themes=6).table.stability.min() < 0.8


def test_the_same_texts_give_the_same_themes():
    said, authors, _ = texts()
    one, other = (find_themes(said, authors, "en", n_themes=3) for _ in range(2))
    assert one.table.equals(other.table) and (one.theme_of == other.theme_of).all()


def test_words_of_few_authors_handles_and_addresses_never_come_out():
    said, authors, _ = texts()
    said = [f"{text} larkmoor @janedoe jane@doe.org https://doe.org/x #teatime 4711" for text in said]
    said = [text + " rarename" * (i < 9) + " samehand" * (authors[i] == "a1") for i, text in enumerate(said)]
    found = find_themes(said, authors, "en", n_themes=4, ignore=frozenset({"larkmoor"}))
    out = " ".join(found.table.terms)
    assert "teatime" in out
    assert not any(word in out for word in ("jane", "doe", "rarename", "samehand", "larkmoor", "4711", "http"))


def test_unknown_authors_count_as_one_person():
    said, _, _ = texts()
    found = find_themes(said, [None] * len(said), "en", n_themes=3)
    assert found.table.empty and "words that 10 authors use" in found.reason
    assert set(found.theme_of) == {-1}


def test_too_little_text_says_so():
    assert find_themes(["tea"] * 20, ["a"] * 20, "en").reason == "20 texts, needs 50"
