"""`cxkit bundle`: a report in one file to hand on: zip, page, workbook, slides or PDF."""

import argparse
import tempfile
from pathlib import Path

KINDS = {"zip": "the whole folder (what is made if nothing is said)", "html": "one page with all pages", "xlsx": "a workbook with every figure and table",
         "pptx": "slides: headline, findings, charts", "pdf": "all pages printed (needs Chromium)"}  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("report", type=Path, metavar="DIR", help="folder of the report")
    for kind, what in KINDS.items():
        parser.add_argument(f"--{kind}", action="store_true", help=what)
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the files go (default: beside the report)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write what was asked for and say how large each file is."""
    from cxkit.errors import ArgumentError
    from cxkit.report.run.lean import leave_out_grammars

    leave_out_grammars()
    from cxkit.report.share import read

    shared = read(arguments.report)
    out = arguments.out or arguments.report.resolve().parent
    for kind in [kind for kind in KINDS if getattr(arguments, kind)] or ["zip"]:
        path = out / f"{shared.name}.{kind}"
        try:
            out.mkdir(parents=True, exist_ok=True)
            _write(kind, shared, path)
        except OSError as error:
            raise ArgumentError(f"cannot write {path}: {error.strerror}.") from None
        print(f"{path}  {path.stat().st_size / 1000:,.0f} kB")
    return 0


def _write(kind: str, shared, path: Path) -> None:  # type: ignore[no-untyped-def]  # read late, see run
    if kind == "zip":
        from cxkit.report.share.zipped import write_zip as write
    elif kind == "html":
        from cxkit.report.share.one_page import write_single as write
    elif kind == "xlsx":
        from cxkit.report.share.workbook import write_workbook as write
    elif kind == "pptx":
        from cxkit.report.share.deck import write_deck as write
    else:
        from cxkit.report.share.one_page import write_single
        from cxkit.report.share.pdf import write_pdf

        with tempfile.TemporaryDirectory(prefix="cxkit-") as folder:
            page = Path(folder) / f"{shared.name}.html"
            write_single(shared, page)
            write_pdf(page, path)
        return
    write(shared, path)
