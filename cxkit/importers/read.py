"""Files as vendors write them, turned into sheets: tables of text with line numbers. Nothing is interpreted here.

Encoding and delimiter are detected; lines above the headings, blank lines and broken rows are counted, never lost.
"""

import csv
import io
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from charset_normalizer import from_bytes

from cxkit.errors import ArgumentError, DataError

_DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
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


def read_text(data: bytes, file: str, encoding: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Decode a file: byte-order mark, then UTF-8, then UTF-16, then Western European, told as a note.

    Raises
    ------
    ArgumentError
        `encoding` is unknown.
    DataError
        The bytes are no text, or are in a script that would be guessed: say `encoding`.

    Examples
    --------
    >>> read_text("Größe".encode("cp1252"), "x.csv")[0]
    'Größe'
    """
    if encoding:
        try:
            return data.decode(encoding).lstrip("\ufeff"), ()
        except LookupError as error:
            raise ArgumentError(
                f"unknown encoding `{encoding}`. Use a name such as utf-8, cp1252, utf-16 or shift_jis."
            ) from error
        except UnicodeDecodeError as error:
            raise DataError(
                f"{file}: byte {error.start + 1} is not {encoding}. Give the file's own encoding with --encoding."
            ) from error
    if data.startswith(b"PK\x03\x04"):
        raise DataError(
            f"{file} is a workbook or an archive, not a CSV file. Save the sheet as CSV (UTF-8) and import that."
        )
    named = next((name for mark, name in _BOMS if data.startswith(mark)), None) or _utf16_without_mark(data)
    try:
        return data.decode(named or "utf-8"), ()
    except UnicodeDecodeError as error:
        if named:
            raise DataError(
                f"{file}: byte {error.start + 1} is not {named}, which the file's first bytes announce. Was it cut off?"
            ) from error
    return _western(data, file)


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:2000]
    if len(head) >= 4 and head[1::2].count(0) > len(head) * 0.4:
        return "utf-16-le"
    return "utf-16-be" if len(head) >= 4 and head[0::2].count(0) > len(head) * 0.4 else None


def _western(data: bytes, file: str) -> tuple[str, tuple[str, ...]]:
    best = from_bytes(data[:200_000]).best()
    alphabets = best.alphabets if best else []
    foreign = [
        name
        for name in alphabets
        if not name.startswith(
            ("Basic Latin", "Latin", "Control", "General Punct", "Currency", "Letterlike", "Number", "Spacing")
        )
    ]
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if (best is None and not text) or b"\x00" in data:
        raise DataError(f"{file} is not a text file. Export it as CSV (UTF-8), or give its encoding with --encoding.")
    if foreign and best and best.encoding not in ("cp1252", "latin_1"):
        raise DataError(
            f"{file} is not UTF-8; it looks like {best.encoding} ({', '.join(foreign[:2])}), but that is a guess. "
            f"Say it with --encoding {best.encoding}, or export the file as UTF-8."
        )
    if not text:
        text = data.decode("latin-1")
        return text, ("read as latin-1: the file is not UTF-8. If letters look wrong, say --encoding.",)
    return text, ("read as cp1252 (Western European): the file is not UTF-8. If letters look wrong, say --encoding.",)


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


def read_json(text: str, file: str) -> Sheet:
    """Newline-delimited JSON, or one JSON array of objects. Nested objects become `a.b`; lists stay, as JSON text.

    Whole numbers keep all their digits. A line that is no JSON object is a broken row.

    Raises
    ------
    DataError
        The file is one JSON document that cannot be read, or holds no objects.
    """
    broken: list[tuple[int, str]] = []
    records: list[tuple[int, dict[str, str]]] = []
    left_out: Counter[str] = Counter()
    for number, item in _json_items(text, file):
        if item is None:
            left_out["blank line"] += 1
        elif isinstance(item, dict):
            records.append((number, _flat(item)))
        else:
            broken.append((number, "the line is not a JSON object"))
    if not records:
        raise DataError(f"{file} holds no JSON objects. Expected one object a line, as BigQuery exports them.")
    vendor_names = dict.fromkeys(name for _, record in records for name in record)
    names = {name: plain(name) for name in vendor_names}
    headings = {name: heading for heading, name in reversed(names.items())}
    rows = [{names[name]: value for name, value in record.items()} for _, record in records]
    index = pd.Index([number for number, _ in records], name="line", dtype="int64")
    frame = pd.DataFrame(rows, index=index, columns=list(dict.fromkeys(names.values())), dtype=object).fillna("")
    return Sheet(file, frame, headings, +left_out, broken=tuple(broken))


def _json_items(text: str, file: str) -> Iterable[tuple[int, Any]]:
    if text.lstrip().startswith("["):
        try:
            items = json.loads(text, parse_float=str, parse_int=str)
        except (json.JSONDecodeError, RecursionError) as error:
            raise DataError(f"{file} is not whole JSON ({_json_reason(error)}). Was it cut off?") from error
        yield from enumerate(items, start=1)
        return
    for number, line in enumerate(text.rstrip("\n").split("\n"), start=1):
        if not line.strip():
            yield number, None
            continue
        try:
            yield number, json.loads(line, parse_float=str, parse_int=str)
        except (json.JSONDecodeError, RecursionError):
            yield number, "broken"


def _json_reason(error: Exception) -> str:
    return f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "nested too deeply"


def _flat(item: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in item.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            flat[prefix + name] = json.dumps(value, ensure_ascii=False)
        else:
            flat[prefix + name] = (
                {None: "", True: "true", False: "false"}.get(value, value)
                if not isinstance(value, str)
                else value.strip()
            )
    return flat
