"""The one machine that turns sheets into contract tables as a map says, and accounts for every row."""

import importlib
from dataclasses import replace

from cxkit.errors import ArgumentError, DataError, did_you_mean
from cxkit.importers.account import Result
from cxkit.importers.form import SheetMap, VendorMap
from cxkit.importers.options import Options
from cxkit.importers.read import Sheet
from cxkit.importers.tablerun import TableRun


def needs_key(vendor: VendorMap) -> bool:
    """Whether any column of the map is a personal identifier, so that the import needs a key."""
    return any(
        column.hash for part in vendor.tables for columns in (part.columns, *part.each) for column in columns.values()
    )


def run_map(vendor: VendorMap, sheets: list[Sheet], options: Options) -> list[Result]:
    """Make contract tables from sheets.

    Parameters
    ----------
    vendor : VendorMap
    sheets : list of Sheet
        All sheets of all files of one import; a sheet may be looked up from another.
    options : Options

    Returns
    -------
    list of Result
        One per sheet and table of the map that it feeds, in the order of the map.

    Raises
    ------
    DataError
        No sheet is one that the map knows, or a column cannot be decided.
    """
    options = replace(
        options, decimal=options.decimal or vendor.decimal or None, dates=options.dates or vendor.dates or None
    )
    _check_set(vendor, options)
    known = [(sheet, recognise(sheet, vendor.sheets)) for sheet in (_with_synonyms(sheet, vendor) for sheet in sheets)]
    if not any(found for _, found in known):
        raise DataError(_not_recognised(vendor, [sheet for sheet, _ in known]))
    named = [(sheet, found.name) for sheet, found in known if found]
    if vendor.prepare:
        named = _prepared(vendor, named)
    results = [
        TableRun(vendor, part, sheet, named, options).run()
        for part in vendor.tables
        for sheet, name in named
        if name == part.sheet and (not part.if_present or set(part.if_present) & set(sheet.rows.columns))
    ]
    if not results:
        raise DataError(
            f"{vendor.name}: these files only add to others. Give one with {_expected(vendor, {part.sheet for part in vendor.tables})} too."
        )
    _none_silently_empty(results)
    return results


def _prepared(vendor: VendorMap, named: list[tuple[Sheet, str]]) -> list[tuple[Sheet, str]]:
    try:
        return importlib.import_module(f"cxkit.importers.vendors.{vendor.prepare}").prepare(named)
    except KeyError as error:  # only when the user's own map changed what a sheet must have
        raise DataError(
            f"{vendor.name}: a file has no column `{error.args[0]}`, which is needed to prepare it. "
            "If your map changes `sheets:` or `headings:`, keep what the vendor's map has there."
        ) from error


def recognise(sheet: Sheet, kinds: tuple[SheetMap, ...]) -> SheetMap | None:
    """The kind of sheet whose required headings are all there; of several the one that requires most."""
    fitting = [
        kind
        for kind in kinds
        if kind.when <= set(sheet.rows.columns) and (kind.when or len(kind.headings) == len(sheet.rows.columns))
    ]
    return max(fitting, key=lambda kind: len(kind.when), default=None)


def _with_synonyms(sheet: Sheet, vendor: VendorMap) -> Sheet:
    present = set(sheet.rows.columns)
    new = {
        name: vendor.synonyms[name]
        for name in sheet.rows.columns
        if name in vendor.synonyms and vendor.synonyms[name] not in present
    }
    headings = {new.get(name, name): heading for name, heading in sheet.headings.items()}
    return replace(sheet, rows=sheet.rows.rename(columns=new), headings=headings)


def _check_set(vendor: VendorMap, options: Options) -> None:
    names = {name for part in vendor.tables for name in (*part.table.columns,)}
    for name in options.set:
        if name not in names and not name.startswith("x_"):
            raise ArgumentError(
                f"--set {name}: {vendor.name} fills no table that has this column.{did_you_mean(name, names)}"
            )


def _expected(vendor: VendorMap, names: set[str] | None = None) -> str:
    kinds = [kind for kind in vendor.sheets if names is None or kind.name in names]
    return "; or ".join(
        ", ".join(sorted(kind.when)) or f"{len(kind.headings)} columns and no heading line" for kind in kinds
    )


def _not_recognised(vendor: VendorMap, sheets: list[Sheet]) -> str:
    lines = []
    for sheet in sheets[:3]:
        present = set(sheet.rows.columns)
        nearest = max(vendor.sheets, key=lambda kind: len(kind.when & present))
        missing = sorted(nearest.when - present)
        found = ", ".join(list(sheet.headings.values())[:12])
        lines.append(
            f"{sheet.file} is not a file that the map `{vendor.name}` knows: there is no column {', '.join(missing[:6])}.\n  Found the headings: {found}"
        )
    return (
        "\n".join(lines)
        + f"\n  Expected: {_expected(vendor)}.\n  Export it as the map says ({vendor.how or vendor.title}), or write a map: docs/importing.md."
    )


def _none_silently_empty(results: list[Result]) -> None:
    """A sheet of which no row could be read is no import: most likely columns are swapped, or the map is for another file."""
    for result in results:
        if result.account.rejected and not result.account.rows_out:
            reasons = "; ".join(f"{count} × {reason}" for reason, count in result.account.rejected.most_common(4))
            first = result.rejects[0]
            raise DataError(
                f"{result.account.file}: no row could be used for {result.table.name}: {reasons} (first: line {first[2]}"
                f"{f', {first[3]} = {first[4]}' if first[3] else ''}). Are columns swapped, or is the file cut off?"
            )
