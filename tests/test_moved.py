"""A notebook of 0.1 that names a module by its old path is told the new one."""

import subprocess
import sys
from importlib import import_module

import pytest

from cxkit.moved import MOVED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from cxkit.metrics import engagement", "from cxkit.areas import engagement"),
        ("import cxkit.metrics.lapse", "from cxkit.areas.churn import inactivity"),
        ("from cxkit.models.cox import fit_cox", "from cxkit.models.survival import cox"),
        ("from cxkit.report import email_pictures as pictures", "from cxkit.areas.email import charts"),
    ],
)
def test_an_old_path_says_the_new_one_in_a_sentence(old, new):
    done = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(f"since cxkit 0.2: write `{new}`.")


def test_what_was_never_there_is_not_found_as_ever():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'cxkit\.models\.nothing'"):
        import_module("cxkit.models.nothing")


def test_every_new_path_is_there_and_no_old_one():
    for old, new in MOVED.items():
        assert import_module(new)
        with pytest.raises(ImportError, match=r"since cxkit 0\.2"):
            import_module(old)
