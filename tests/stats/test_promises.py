"""What every module of cxkit.stats promises."""

import subprocess
import sys


def test_importing_the_package_loads_neither_scipy_nor_statsmodels():
    code = (
        "import sys, cxkit.stats; print([m for m in ('scipy', 'statsmodels', 'pandas', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
