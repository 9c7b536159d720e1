"""A page as PDF, printed by headless Chromium where it is installed."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from cxkit.errors import ArgumentError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "msedge")
SECONDS = 120


def write_pdf(page: Path, path: Path) -> None:
    """Print an HTML file.

    Raises
    ------
    ArgumentError
        No Chromium, or it printed nothing.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise ArgumentError(
            "a PDF needs Chromium or Chrome, and neither is installed. Open the page and print it to PDF, or install Chromium."
        )
    with tempfile.TemporaryDirectory(prefix="cxkit-") as profile:
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
                 "--no-pdf-header-footer", "--generate-pdf-document-outline", f"--user-data-dir={profile}", f"--print-to-pdf={path.resolve()}"]  # fmt: skip
        subprocess.run([program, *flags, page.resolve().as_uri()], capture_output=True, timeout=SECONDS, check=False)
    if not path.is_file():
        raise ArgumentError(f"Chromium printed nothing of {page.name}. Try again, or print it by hand.")
