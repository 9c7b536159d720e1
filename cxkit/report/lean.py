"""Faster imports for the commands."""

import sys


def leave_out_grammars() -> None:
    """Save 1.4 seconds of processor time: call before nbformat is imported.

    nbformat imports jsonschema, which imports, if it is installed, a package that builds a grammar of internationalised addresses.
    Notebooks hold no such addresses, and jsonschema does without the package.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: importing it fails at once
