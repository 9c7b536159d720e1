"""Files as vendors write them, turned into sheets: tables of text with line numbers. Nothing is interpreted here.

The delimiter is found by the headings; lines above them, blank lines and broken rows are counted, never lost.
"""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from cxkit.errors import DataError

_DELIMITERS = (",", ";", "\t", "|")
_HEADINGS_WITHIN = 60  # headings stand near the top; below that a row is data


@dataclass(frozen=True)
class Sheet:
    """One table of one file.

    Attributes
    ----------
    file : str
        The file's name, without its folder.
    rows : DataFrame of str
        One column per heading as `plain` writes it; the index is the line in the file (for JSON the record). Empty is "".
    headings : dict
        Plain heading → heading as the vendor writes it.
    left_out : Counter
        Reason → lines that are no rows: preamble, blank lines.
    reshaped : Counter
        Reason → rows that a vendor's preparation made beyond those of the file (taken away when negative).
    made, used : set of str
        Columns that a vendor's preparation made (numbers in them have a decimal point), and those it used: both are not
        told as left over.
    broken : tuple of (line, reason)
        Rows that could not be taken apart; they are rejected.
    preamble : tuple of str
        The lines above the headings; a vendor may state the period there.
    notes : tuple of str
        What a person should know about the reading, such as the encoding.
    """

    file: str
    rows: pd.DataFrame
    headings: dict[str, str]
    left_out: Counter[str] = field(default_factory=Counter)
    reshaped: Counter[str] = field(default_factory=Counter)
    made: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    broken: tuple[tuple[int, str], ...] = ()
    preamble: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_lines(self) -> int:
        """Rows and lines in all: what the account of an import starts from."""
        return len(self.rows) + len(self.broken) + sum(self.left_out.values()) - sum(self.reshaped.values())

    def with_rows(self, rows: pd.DataFrame, used: Iterable[str] = ()) -> "Sheet":
        """The same sheet with other rows or columns, as a vendor's own preparation makes it of the columns `used`."""
        made = {name for name in rows.columns if name not in self.headings}
        headings = {name: self.headings.get(name, name) for name in rows.columns}
        return replace(self, rows=rows, headings=headings, made=self.made | made, used=self.used | made | set(used))


def plain(heading: str) -> str:
    """A heading as it is compared: Unicode NFKC, no case, one space between words (or an underscore), none at the ends.

    Examples
    --------
    >>> plain("  Unique\\u00a0 Opens "), plain("campaign_id")
    ('unique opens', 'campaign id')
    """
    return " ".join(unicodedata.normalize("NFKC", heading).casefold().replace("_", " ").split())


def read_csv(
    text: str,
    file: str,
    known: Iterable[Iterable[set[str]]],
    *,
    stacked: bool = False,
    headings: Sequence[str] | None = None,
) -> list[Sheet]:
    """Take a delimited text apart into its sheets.

    Parameters
    ----------
    text : str
    file : str
        The file's name, for messages.
    known : iterable of iterables of sets of str
        For each kind of sheet its required headings, each as the set of names under which it may stand (plain). The
        first line that has them is the heading line; where there is none, the sheet comes back as it looks.
    stacked : bool
        Several tables stand below each other, parted by blank lines.
    headings : sequence of str, optional
        For files without a heading line.

    Raises
    ------
    DataError
        A quote is never closed, or a field is larger than any field of an export.
    """
    wanted = [list(names) for names in known]
    records, delimiter = _best_delimiter(text, file, wanted, headings)
    blocks = _blocks(records) if stacked else [records]
    sheets = [_sheet(block, file, wanted, headings) for block in blocks if any(any(fields) for _, fields in block)]
    if not sheets:
        raise DataError(f"{file} is empty.")
    named = {"\t": "tab"}.get(delimiter, delimiter)
    return [replace(sheet, notes=(f"fields are parted by {named}",)) if delimiter != "," else sheet for sheet in sheets]


def dicts(frame: pd.DataFrame) -> list[dict[str, str]]:
    """Rows of a text table as dictionaries."""
    return [dict(zip(map(str, frame.columns), row, strict=True)) for row in frame.itertuples(index=False, name=None)]


Record = tuple[int, list[str]]


def _records(text: str, delimiter: str, file: str) -> list[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records, line = [], 1
    try:
        for fields in reader:
            records.append((line, fields))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{file}, line {line}: the quotes do not match ({error}). Either the file was cut off, or a quote inside a field is not "
            "doubled. Export it again, or mend the line."
        ) from error
    return records


def _best_delimiter(
    text: str, file: str, wanted: list[list[set[str]]], headings: Sequence[str] | None
) -> tuple[list[Record], str]:
    """The delimiter under which known headings appear; else the one that gives the most even rows."""
    readings, first_error = [], None
    for delimiter in _DELIMITERS:
        try:
            readings.append((_records(text, delimiter, file), delimiter))
        except DataError as error:
            first_error = first_error or error
    if not readings and first_error:
        raise first_error
    for records, delimiter in readings if headings is None else ():
        if any(_is_heading(fields, wanted) for _, fields in records[:_HEADINGS_WITHIN]):
            return records, delimiter
    best = max(readings, key=lambda reading: _evenness(reading[0]))
    if first_error and _evenness(best[0]) < 1:  # broken under its likely delimiter: say so, rather than misread it
        raise first_error
    return best


def _evenness(records: list[Record]) -> float:
    widths = Counter(len(fields) for _, fields in records[:200] if any(fields))
    if not widths:
        return 0
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
    return times / sum(widths.values()) * (width > 1) + min(width, 50) / 1000


def _is_heading(fields: list[str], wanted: list[list[set[str]]]) -> bool:
    names = {plain(name) for name in fields}
    return any(all(names & need for need in needs) for needs in wanted)


def _blocks(records: list[Record]) -> list[list[Record]]:
    blocks: list[list[Record]] = [[]]
    for line, fields in records:
        if not any(field.strip() for field in fields) and blocks[-1] and not _only_comments(blocks[-1]):
            blocks.append([])
        blocks[-1].append((line, fields))
    return blocks


def _only_comments(block: list[Record]) -> bool:
    return all(not any(fields) or fields[0].startswith("#") for _, fields in block)


def _sheet(block: list[Record], file: str, wanted: list[list[set[str]]], given: Sequence[str] | None) -> Sheet:
    left_out: Counter[str] = Counter()
    if given is not None:
        head, start, preamble = list(given), 0, []
    else:
        start = _heading_at(block, wanted)
        head, preamble = block[start][1], [", ".join(fields) for _, fields in block[:start] if any(fields)]
        left_out["line above the headings"] += len(preamble)
        left_out["blank line"] += start - len(preamble)
        start += 1
    while head and not head[-1].strip():
        head = head[:-1]
    names, headings = _names(head)
    lines, rows, broken = [], [], []
    for line, fields in block[start:]:
        if not any(field.strip() for field in fields):
            left_out["blank line"] += 1
            continue
        while len(fields) > len(names) and not fields[-1].strip():
            fields = fields[:-1]
        if len(fields) != len(names):
            broken.append((line, f"the row has {len(fields)} fields, the headings have {len(names)}"))
            continue
        lines.append(line)
        rows.append([field.strip() for field in fields])
    frame = pd.DataFrame(rows, columns=names, index=pd.Index(lines, name="line", dtype="int64"), dtype=object)
    return Sheet(file, frame, headings, +left_out, broken=tuple(broken), preamble=tuple(preamble))


def _heading_at(block: list[Record], wanted: list[list[set[str]]]) -> int:
    for position, (_, fields) in enumerate(block[:_HEADINGS_WITHIN]):
        if _is_heading(fields, wanted):
            return position
    return next(
        position
        for position, (_, fields) in enumerate(block)
        if (any(fields) and not fields[0].startswith("#")) or position == len(block) - 1
    )


def _names(head: list[str]) -> tuple[list[str], dict[str, str]]:
    """Plain headings, made unique: the second `date` becomes `date (2)`."""
    names: list[str] = []
    headings: dict[str, str] = {}
    for position, heading in enumerate(head):
        name = plain(heading) or f"column {position + 1}"
        count = sum(1 for other in names if other == name or other.startswith(f"{name} ("))
        name = name if name not in headings else f"{name} ({count + 1})"
        names.append(name)
        headings[name] = " ".join(heading.split()) or name
    return names, headings
