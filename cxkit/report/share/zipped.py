"""The whole folder as one zip file: the same bytes for the same report."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cxkit.report.share import Shared


def write_zip(shared: Shared, path: Path) -> None:
    """Every file of the report under a folder of its name."""
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        for part in sorted(shared.folder.rglob("*")):
            if part.is_file():
                entry = ZipInfo(f"{shared.name}/{part.relative_to(shared.folder).as_posix()}")  # its time: 1980, always
                entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
                file.writestr(entry, part.read_bytes())
