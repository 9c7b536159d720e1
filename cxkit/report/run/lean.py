"""Keep a command quick to start: one thread a library and no grammars, set before anything heavy is imported."""

import os
import sys

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMEXPR_NUM_THREADS": "1"}


def keep_to_one_thread() -> None:
    """Call before numpy is imported: notebooks run side by side, and where each computes with all cores they wait for each other.

    It doubled the time of a notebook that fits models.
    """
    os.environ.update(ONE_THREAD)


def leave_out_grammars() -> None:
    """Save 1.4 seconds of processor time: call before nbformat is imported.

    nbformat imports jsonschema, which imports, if it is installed, a package that builds a grammar of internationalised addresses.
    Notebooks hold no such addresses, and jsonschema does without the package.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: importing it fails at once
