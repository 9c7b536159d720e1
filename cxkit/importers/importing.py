"""From a vendor's files to a data folder: read, map, join, tell, write."""

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

from cxkit.errors import ArgumentError, DataError
from cxkit.importers import dataset, store
from cxkit.importers.account import Account, Result
from cxkit.importers.decode import read_text
from cxkit.importers.form import VendorMap
from cxkit.importers.jsonlines import read_json
from cxkit.importers.machine import run_map
from cxkit.importers.options import Options
from cxkit.importers.read import Sheet, read_csv


def import_files(
    vendor: VendorMap,
    files: list[Path],
    out: Path,
    options: Options,
    *,
    encoding: str | None = None,
    dry_run: bool = False,
) -> list[store.Change]:
    """Read the files, join their tables with the data folder, print the account and write.

    Returns
    -------
    list of Change
        Rows added, changed and unchanged, per table.
    """
    sheets: list[Sheet] = []
    digests, known_by = {}, {}
    for file, name in zip(files, told_apart(files), strict=True):
        data = read_bytes(file)
        digests[name] = hashlib.sha256(data).hexdigest()[:16]
        known_by[name] = hashlib.sha256(str(file.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:12]
        sheets.extend(replace(sheet, file=name) for sheet in read_sheets(file, data, vendor, encoding))
    results = run_map(vendor, sheets, options)
    frames, changes = store.join_all(out, results)
    settings, notes = dataset.extend_settings(out, frames, options.timezone)
    _print_account(vendor, sheets, results, changes, notes)
    if dry_run:
        print("Dry run: nothing was written.")
        return changes
    log = {"vendor": vendor.name, "files": digests, "accounts": [store.account_entry(result) for result in results]}
    store.write(out, frames, settings, store.extend_log(out, log), store.extend_rejects(out, results, known_by))
    return changes


def told_apart(files: list[Path]) -> list[str]:
    """Names of files: their own, with as many folders in front as it takes where two have the same.

    Examples
    --------
    >>> told_apart([Path("may/tickets.csv"), Path("june/tickets.csv"), Path("june/metrics.csv")])
    ['may/tickets.csv', 'june/tickets.csv', 'metrics.csv']
    """
    paths = [file.resolve().parts for file in files]

    def name(parts: tuple[str, ...]) -> str:
        others = [other for other in paths if other != parts]
        enough = (n for n in range(1, len(parts)) if all(other[-n:] != parts[-n:] for other in others))
        return "/".join(parts[-next(enough, 1) :])

    return [name(parts) for parts in paths]


def read_bytes(file: Path) -> bytes:
    """Read a file, unpacked when it is gzip.

    Raises
    ------
    ArgumentError, DataError
        There is no such file; it cannot be unpacked.
    """
    try:
        data = file.read_bytes()
        return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"{file.name} cannot be unpacked. Was it cut off?") from error
    except OSError as error:
        raise ArgumentError(f"cannot read {file}: {error.strerror or error}.") from error


def read_sheets(file: Path, data: bytes, vendor: VendorMap, encoding: str | None = None) -> list[Sheet]:
    """The sheets of one file: Parquet, JSON or delimited text, told by its content."""
    if data.startswith(b"PAR1"):
        return [_read_parquet(file)]
    text, notes = read_text(data, file.name, encoding)
    if text.lstrip()[:1] in ("{", "["):
        return [read_json(text, file.name)]
    headless = next((kind.headings for kind in vendor.sheets if kind.headings), None)
    known = [_with_other_names(kind.when, vendor) for kind in vendor.sheets if kind.when]
    sheets = read_csv(text, file.name, known, stacked=vendor.stacked, headings=headless)
    return [replace(sheet, notes=(*notes, *sheet.notes)) for sheet in sheets]


def _with_other_names(when: frozenset[str], vendor: VendorMap) -> list[set[str]]:
    """For each heading the names under which a file may have it."""
    return [{name, *(other for other, own in vendor.synonyms.items() if own == name)} for name in when]


def _read_parquet(file: Path) -> Sheet:
    """Parquet through the engine, as JSON, so that nested columns come as they do from a JSON export."""
    from cxkit.engine.duckdb import Engine, literal  # the engine is heavy, and only Parquet needs it

    engine = Engine()
    try:
        rows = engine.query(f"select to_json(t) as line from read_parquet({literal(str(file))}) as t")
    finally:
        engine.close()
    return read_json("\n".join(rows["line"]), file.name)


def _print_account(
    vendor: VendorMap, sheets: list[Sheet], results: list[Result], changes: list[store.Change], notes: list[str]
) -> None:
    print(f"{vendor.title}: {len({sheet.file for sheet in sheets})} file(s)")
    for result in results:
        print(_account_text(result.account))
    used = {result.account.file for result in results}
    for sheet in sheets:
        if sheet.file not in used:
            print(f"{sheet.file}: {len(sheet.rows)} rows, only looked up from other files or not used")
    for note in dict.fromkeys([note for result in results for note in result.notes] + notes):
        print(f"  · {note}")
    for label, names in (
        ("dropped as personal", _names(results, "dropped")),
        ("not mapped", _names(results, "unmapped")),
    ):
        if names:
            more = f" and {len(names) - 20} more (all in {store.LOG_FOLDER}/log.json)" if len(names) > 20 else ""
            print(f"  · {label}: {', '.join(names[:20])}{more}")
    for change in changes:
        print(
            f"{change.table}: {change.added} added, {change.changed} changed, {change.unchanged} unchanged; {change.after} rows in all"
        )
    if not any(change.after for change in changes):
        print("nothing was imported: every row was left out, for the reasons above")
    rejected = sum(sum(result.account.rejected.values()) for result in results)
    if rejected:
        print(f"{rejected} rows rejected; each is listed in {store.LOG_FOLDER}/rejects.csv")


def _names(results: list[Result], kind: str) -> list[str]:
    """Headings that no table of the file uses."""
    by_file: dict[str, set[str]] = {}
    order: list[str] = []
    for result in results:
        names = getattr(result, kind)
        order += names
        by_file[result.account.file] = by_file.get(result.account.file, set(names)) & set(names)
    kept = set().union(*by_file.values()) if by_file else set()
    return [name for name in dict.fromkeys(order) if name in kept]


def _account_text(account: Account) -> str:
    parts = [f"{account.rows_read} rows read"]
    for counter, sign in (
        (account.reshaped, "+"),
        (account.left_out, "−"),
        (account.merged, "−"),
        (account.rejected, "−"),
    ):
        word = " rejected:" if counter is account.rejected else ""
        parts += [f"{sign}{word} {count} ({reason})" for reason, count in counter.items() if count]
    return f"{account.file} → {account.table}: {', '.join(parts)} = {account.rows_out} rows"
