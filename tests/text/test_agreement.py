"""κ and macro-F1 against statsmodels and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score
from statsmodels.stats.inter_rater import cohens_kappa

from cxkit.errors import ArgumentError
from cxkit.text.agreement import agreement

CLASSES = np.array(["negative", "neutral", "positive"])


def pair(n: int = 300, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    human = rng.choice(CLASSES, n, p=[0.2, 0.3, 0.5])
    return human, np.where(rng.random(n) < 0.3, rng.choice(CLASSES, n), human)


def test_points_and_interval_beside_two_libraries():
    human, program = pair()
    found = agreement(human, program)
    assert found.kappa.value == pytest.approx(cohen_kappa_score(human, program))
    assert found.macro_f1.value == pytest.approx(f1_score(human, program, average="macro"))
    asymptotic = cohens_kappa(found.confusion.to_numpy())
    assert found.kappa.low == pytest.approx(asymptotic.kappa_low, abs=0.01)
    assert found.kappa.high == pytest.approx(asymptotic.kappa_upp, abs=0.01)
    assert found.confusion.to_numpy().sum() == found.n == 300


def test_the_bootstrap_of_tables_is_the_bootstrap_of_texts():
    human, program = pair(120)
    rng = np.random.default_rng(2)
    draws = [f1_score(human[i], program[i], average="macro") for i in rng.integers(0, 120, (600, 120))]
    found = agreement(human, program).macro_f1
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])), abs=0.02)


def test_ends():
    assert agreement(["a", "b"], ["a", "b"]).kappa.value == 1
    assert np.isnan(agreement(["a"], ["a"]).kappa.value)  # one class: chance alone explains it
    assert agreement([], []).n == 0
    with pytest.raises(ArgumentError, match="2 labels by people and 1"):
        agreement(["a", "b"], ["a"])
