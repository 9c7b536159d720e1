"""What makes a golden report one that can be trusted to measure by: complete, executed, of the notebooks as they are now, small."""

from pathlib import Path

from cxkit.report.archive.verify import refusals
from cxkit.report.kept import manifest
from cxkit.report.run.plan import find_notebooks

MOST_BYTES = 900_000  # a notebook with its page


def faults(golden: Path, notebooks: Path) -> list[str]:
    """Why a golden report cannot stand for the notebooks of a folder, one sentence each; empty if it can.

    Parameters
    ----------
    golden : Path
        A report's folder, `reports/sample`.
    notebooks : Path
        Folder of the notebooks as they are now.

    Raises
    ------
    ArgumentError
        No report, or a damaged one.
    """
    archived = manifest.read(golden)
    found = []
    for path in find_notebooks(notebooks):
        entry = archived["notebooks"].get(path.stem)
        if entry is None:
            found.append(f"{path.stem}: the golden report does not hold it.")
            continue
        found += refusals(golden, path.stem, archived)
        if entry["source_sha256"] != manifest.sha256(path):
            found.append(f"{path.stem}: the notebook has changed since the golden report was made.")
        found += _size(golden, path.stem)
    known = {path.stem for path in find_notebooks(notebooks)}
    return found + [
        f"{name}: there is no such notebook any more." for name in archived["notebooks"] if name not in known
    ]


def _size(golden: Path, name: str) -> list[str]:
    files = [golden / f"{name}.ipynb", golden / f"{name}.html"]
    size = sum(path.stat().st_size for path in files if path.is_file())
    return [f"{name}: {size:,} bytes, more than {MOST_BYTES:,}."] if size > MOST_BYTES else []
