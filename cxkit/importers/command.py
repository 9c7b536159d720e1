"""`cxkit import VENDOR FILE… --out DIR`: from the files of a vendor to contract tables in a data folder."""

import argparse
import gzip
import hashlib
from pathlib import Path
from typing import Any

from cxkit.errors import ArgumentError, DataError
from cxkit.importers import store
from cxkit.importers.account import Account, Result
from cxkit.importers.cells import Options
from cxkit.importers.form import VendorMap
from cxkit.importers.machine import needs_key, run_map
from cxkit.importers.maps import map_text, read_map, vendors
from cxkit.importers.read import Sheet, read_csv, read_json, read_text
from cxkit.importers.times import zone_named
from cxkit.privacy import read_key

_EPILOG = """\
The column maps of the vendors are written in the same YAML as your own: `cxkit import zendesk --show` prints one.
Personal ids are hashed with the project's key (the variable CXKIT_KEY or --key-file); without a key they are not read."""


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """Add the sub-command to the parser of `cxkit`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "import", help="bring in the files that other tools export", description=__doc__.split("\n")[0], epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("vendor", nargs="?", help="who made the files, or `generic` with --map")
    parser.add_argument("files", nargs="*", metavar="FILE", help="files of one export; all of them are read together")
    parser.add_argument("--list", action="store_true", help="list the vendors and what to export from each")
    parser.add_argument("--show", action="store_true", help="print the vendor's column map, to copy and change")
    parser.add_argument("--out", metavar="DIR", help="data folder to create or to add to")
    parser.add_argument("--map", metavar="FILE", help="your own column map, laid over the vendor's")
    parser.add_argument(
        "--set",
        metavar="COLUMN=VALUE",
        action="append",
        default=[],
        help="a column that the file does not have, such as brand_id=acme",
    )
    parser.add_argument("--timezone", metavar="ZONE", help="zone of times without one, such as Europe/London")
    parser.add_argument("--decimal", choices=(",", "."), help="the decimal sign of the files")
    order = parser.add_mutually_exclusive_group()
    order.add_argument(
        "--day-first", dest="dates", action="store_const", const="day-first", help="03/04/2026 is in April"
    )
    order.add_argument(
        "--month-first", dest="dates", action="store_const", const="month-first", help="03/04/2026 is in March"
    )
    parser.add_argument("--encoding", help="encoding of the files, when they are not UTF-8")
    parser.add_argument("--key-file", metavar="FILE", help="file with the project's key, outside the data folder")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; returns the exit code.

    Raises
    ------
    CxError
        For the caller to print; nothing was written.
    """
    if args.list:
        _print_vendors()
        return 0
    if not args.vendor:
        raise ArgumentError(
            "say which vendor the files come from: cxkit import VENDOR FILE… --out DIR. `cxkit import --list` lists them."
        )
    if args.show:
        print(map_text(args.vendor), end="")
        return 0
    vendor = read_map(args.vendor, args.map)
    if not args.files:
        raise ArgumentError(f"no files given. What to export: {vendor.how or vendor.title}")
    if not args.out:
        raise ArgumentError("say where to: --out DIR, the data folder to create or to add to.")
    out = Path(args.out)
    if out.exists() and not out.is_dir():
        raise ArgumentError(f"--out {args.out} is a file. It takes a folder.")
    options = Options(
        timezone=_zone(args.timezone), decimal=args.decimal, dates=args.dates, set=_settings(args.set),
        key=read_key(args.key_file, out) if needs_key(vendor) else None,
    )  # fmt: skip
    import_files(
        vendor, [Path(file) for file in args.files], out, options, encoding=args.encoding, dry_run=args.dry_run
    )
    return 0


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
    sheets, digests = [], {}
    for file in files:
        data = read_bytes(file)
        digests[file.name] = hashlib.sha256(data).hexdigest()[:16]
        sheets.extend(read_sheets(file, data, vendor, encoding))
    results = run_map(vendor, sheets, options)
    frames, changes = store.join_all(out, results)
    settings, notes = store.extend_settings(out, frames, options.timezone)
    _print_account(vendor, sheets, results, changes, notes)
    if dry_run:
        print("Dry run: nothing was written.")
        return changes
    log = {"vendor": vendor.name, "files": digests, "accounts": [store.account_entry(result) for result in results]}
    store.write(out, frames, settings, store.extend_log(out, log), store.extend_rejects(out, results))
    return changes


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
    return [Sheet(**{**sheet.__dict__, "notes": (*notes, *sheet.notes)}) for sheet in sheets]


def _with_other_names(when: frozenset[str], vendor: VendorMap) -> list[set[str]]:
    """For each heading the names under which a file may have it."""
    return [{name, *(other for other, own in vendor.synonyms.items() if own == name)} for name in when]


def _read_parquet(file: Path) -> Sheet:
    """Parquet through the engine, as JSON, so that nested columns come as they do from a JSON export."""
    from cxkit.engine import Engine, literal  # the engine is heavy, and only Parquet needs it

    engine = Engine()
    try:
        rows = engine.query(f"select to_json(t) as line from read_parquet({literal(str(file))}) as t")
    finally:
        engine.close()
    return read_json("\n".join(rows["line"]), file.name)


def _zone(name: str | None) -> str | None:
    return zone_named(name).key if name else None


def _settings(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise ArgumentError(f"--set {pair}: expected COLUMN=VALUE, such as --set brand_id=acme.")
        found[name.strip()] = value.strip()
    return found


def _print_vendors() -> None:
    for name, (title, how) in vendors().items():
        print(f"{name:16} {title}\n{'':16} {how}")
    print(f"{'generic':16} any table, with a column map of your own (--map)")


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
