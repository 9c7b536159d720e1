"""The golden report as other processors, threads, time zones and locales would make it: no number differs."""

import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "reports" / "sample"
CPU = Path("/proc/cpuinfo")
HAS = set(CPU.read_text().split()) if CPU.is_file() else set()
# OpenBLAS's ways of adding up, and what a processor needs for each.
KERNELS = {"Prescott": set(), "Nehalem": {"sse4_2"}, "Sandybridge": {"avx"}, "Haswell": {"avx2", "fma"}, "Zen": {"avx2", "fma"},
           "SkylakeX": {"avx512f"}, "Cooperlake": {"avx512_bf16"}}  # fmt: skip
POSSIBLE = [name for name, needs in KERNELS.items() if "sse2" in HAS and needs <= HAS]

pytestmark = [pytest.mark.slow, pytest.mark.machines]


def run(command, cwd=ROOT, **environment):
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def verify(**environment):
    said = run([sys.executable, "-m", "cxkit", "verify", str(GOLDEN)], **environment)
    assert said.count(": the same (") == len(list(GOLDEN.glob("*.ipynb")))


@pytest.mark.parametrize("kernel", POSSIBLE)
def test_every_kernel_of_linear_algebra_gives_the_same_numbers(kernel):
    verify(OPENBLAS_CORETYPE=kernel)


def test_without_the_processors_newer_instructions_the_numbers_are_the_same():
    dispatched = numpy._core._multiarray_umath.__cpu_dispatch__
    verify(NPY_DISABLE_CPU_FEATURES=" ".join(dispatched))


def test_another_hash_seed_time_zone_and_locale_give_the_same_numbers():
    verify(PYTHONHASHSEED="20261", TZ="Pacific/Auckland", LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8")


def strict(*notebooks, cwd=ROOT, **environment):
    """What an nbval user types; nothing is sanitised."""
    return run(
        [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", *notebooks], cwd, **environment
    )


@pytest.mark.parametrize("threads", ["1", "2"])
def test_nbval_as_its_users_type_it_passes_on_the_golden_notebooks(threads):
    found = sorted(str(path.relative_to(ROOT)) for path in GOLDEN.glob("*.ipynb"))
    assert "failed" not in strict(*found, OPENBLAS_NUM_THREADS=threads, OMP_NUM_THREADS=threads)


def test_nbval_passes_from_another_folder_too(tmp_path):
    assert "passed" in strict(str(GOLDEN / "app.ipynb"), cwd=tmp_path)


def test_nbval_with_the_shipped_sanitiser_passes_under_another_kernel():
    rules = ROOT / "cxkit" / "report" / "archive" / "nbval_sanitize.cfg"
    strict(
        "--nbval-sanitize-with",
        str(rules),
        str(GOLDEN / "clv.ipynb"),
        **({"OPENBLAS_CORETYPE": "Nehalem"} if "Nehalem" in POSSIBLE else {}),
    )
