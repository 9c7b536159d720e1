"""`cxkit import VENDOR FILE… --out DIR`: from the files of a vendor to contract tables in a data folder."""

import argparse
from pathlib import Path

from cxkit.errors import ArgumentError

_EPILOG = """\
The column maps of the vendors are written in the same YAML as your own: `cxkit import zendesk --show` prints one.
Personal ids are hashed with the project's key (the variable CXKIT_KEY or --key-file); without a key they are not read."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
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


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; returns the exit code.

    Raises
    ------
    CxError
        For the caller to print; nothing was written.
    """
    from cxkit.dataset.pseudonyms import read_key
    from cxkit.importers.importing import import_files
    from cxkit.importers.machine import needs_key
    from cxkit.importers.maps import map_text, read_map
    from cxkit.importers.options import Options  # pandas is heavy, and `cxkit --help` must answer at once

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


def _zone(name: str | None) -> str | None:
    from cxkit.importers.times import zone_named

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
    from cxkit.importers.maps import vendors

    for name, (title, how) in vendors().items():
        print(f"{name:16} {title}\n{'':16} {how}")
    print(f"{'generic':16} any table, with a column map of your own (--map)")
