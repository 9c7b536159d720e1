"""Short texts about tea, delivery, prices, the app and the staff, put together from the remarks of `texts.yml`."""

from typing import Any

import numpy as np

from cxkit.sample.company import written_down

THEMES = {"delivery": 26, "taste": 24, "price": 17, "app": 13, "staff": 12, "packaging": 8}
MOODS = ("positive", "neutral", "negative")

TEXTS: dict[str, dict[str, Any]] = written_down("texts.yml")


def write_texts(rng: np.random.Generator, language: np.ndarray, theme: np.ndarray, mood: np.ndarray) -> np.ndarray:
    """One text for each language (en, pl, de), theme and mood; other languages get none.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> write_texts(rng, np.array(["nl"]), np.array(["price"]), np.array(["neutral"]))[0] is None
    True
    """
    u = rng.random((3, len(language)))
    out = np.full(len(language), None, dtype=object)
    for i, (lang, about, how) in enumerate(zip(language, theme, mood, strict=True)):
        if lang in TEXTS:
            parts = (TEXTS[lang]["openings"], TEXTS[lang][about][how], TEXTS[lang]["closings"])
            out[i] = "".join(choices[int(x * len(choices))] for choices, x in zip(parts, u[:, i], strict=True))
    return out
