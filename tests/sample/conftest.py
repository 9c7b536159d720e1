import pytest

from cxkit.sample.build import Sample, build
from cxkit.sample.company import SEED


@pytest.fixture(scope="session")
def sample() -> Sample:
    return build("small", SEED)


@pytest.fixture(scope="session")
def planted(sample):
    """Find the planted entries of a metric."""

    def find(metric: str, **wanted) -> list[dict]:
        entries = [e for e in sample.truth["planted"] if e["metric"] == metric]
        return [e for e in entries if all(e.get(key) == value for key, value in wanted.items())]

    return find
