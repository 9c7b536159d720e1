"""Keyed hashes: how a direct identifier becomes a pseudonym before it enters a contract table.

The same person gets the same pseudonym in every table of one project and another one in every other project, because
the key differs. The key comes from the environment or from a file outside the data folder; without a key nothing is hashed.
"""

import hashlib
import hmac
import os
import re
import unicodedata
from pathlib import Path

from cxkit.errors import ArgumentError

KEY_VARIABLE = "CXKIT_KEY"
KINDS = ("email", "phone", "handle", "name", "id")
_SHORTEST_KEY = 16
_MAKE_A_KEY = (
    f"Make one with `python -c 'import secrets; print(secrets.token_hex(32))'` and keep it in the variable {KEY_VARIABLE} "
    "or in a file outside the data folder (--key-file FILE). Use the same key for every import of a project."
)


def hash_id(value: str, key: bytes, kind: str = "id") -> str:
    """Pseudonym of one identifier: HMAC-SHA-256 over the normalised value, the first 16 bytes, in hex.

    Parameters
    ----------
    value : str
        The identifier as the vendor gives it. Empty stays empty: nobody is not a person.
    key : bytes
        From `read_key`.
    kind : {"email", "phone", "handle", "name", "id"}
        How to normalise. All are trimmed and brought to Unicode NFC. All but `id` are lower-cased: vendors' ids tell
        `a` from `A`. A handle loses its `@`; a phone number keeps a leading + and its digits.

    Returns
    -------
    str
        32 hex digits, or "".

    Raises
    ------
    ArgumentError
        The kind is unknown.

    Examples
    --------
    >>> hash_id(" Ann@Example.org ", b"a key of thirty-two characters!!", "email")
    'e7326d40c23a0c3adbf61848b11736a2'
    >>> hash_id("0044 (0)20 7946 0018", b"k" * 32, "phone") == hash_id("+44 20 7946-0018", b"k" * 32, "phone")
    True
    """
    text = normalise(value, kind)
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).digest()[:16].hex() if text else ""


def normalise(value: str, kind: str) -> str:
    """Bring spellings of one identifier to one form. See `hash_id`.

    Examples
    --------
    >>> normalise("@Some_One", "handle"), normalise("+44 (0) 20 7946 0018", "phone")
    ('some_one', '+442079460018')
    """
    if kind not in KINDS:
        raise ArgumentError(f"unknown kind of identifier `{kind}`. It is one of: {', '.join(KINDS)}.")
    text = unicodedata.normalize("NFC", value).strip()
    if kind == "id":
        return text
    text = text.lower()
    if kind == "handle":
        return text.removeprefix("@")
    if kind == "phone":
        return _phone(text)
    return text


def _phone(text: str) -> str:
    digits = re.sub(r"[^\d+]", "", re.sub(r"\(0\)", "", text))
    return "+" + digits.removeprefix("00") if digits.startswith("00") else digits


def read_key(key_file: str | Path | None = None, data: str | Path | None = None) -> bytes:
    """Read the project's key from a file or from the environment.

    Parameters
    ----------
    key_file : path, optional
        A file that holds the key as one line. Without it the variable `CXKIT_KEY` is read.
    data : path, optional
        The data folder. A key inside it would travel with the data, so it is refused.

    Raises
    ------
    ArgumentError
        There is no key, the file cannot be read or lies in the data folder, or the key is shorter than 16 characters.

    Examples
    --------
    >>> import os; os.environ["CXKIT_KEY"] = "0123456789abcdef"
    >>> read_key()
    b'0123456789abcdef'
    """
    if key_file is None:
        key, where = os.environ.get(KEY_VARIABLE, "").strip(), f"the variable {KEY_VARIABLE}"
        if not key:
            raise ArgumentError(
                f"there is no key to hash personal ids with, and they are not stored unhashed. {_MAKE_A_KEY}"
            )
    else:
        path = Path(key_file)
        if data is not None and path.resolve().is_relative_to(Path(data).resolve()):
            raise ArgumentError(
                f"the key file {path.name} lies in the data folder {Path(data).name}: whoever gets the data would get the key. "
                "Move it elsewhere and keep it out of the project's history."
            )
        try:
            key, where = path.read_text("utf-8").strip(), f"the key file {path.name}"
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentError(f"cannot read the key file {path}: {_reason(error)}. {_MAKE_A_KEY}") from error
    if len(key) < _SHORTEST_KEY:
        raise ArgumentError(
            f"the key in {where} has {len(key)} characters, fewer than {_SHORTEST_KEY}: it could be guessed. {_MAKE_A_KEY}"
        )
    return key.encode("utf-8")


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "it cannot be opened") if isinstance(error, OSError) else "it is not text"
