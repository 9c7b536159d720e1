"""Bytes to text: the encoding of a file is recognised or asked for, never guessed in silence."""

from charset_normalizer import from_bytes

from cxkit.errors import ArgumentError, DataError

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


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
