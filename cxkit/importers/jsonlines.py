"""JSON exports as sheets: one object a line, or one list of objects."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd

from cxkit.errors import DataError
from cxkit.importers.read import Sheet, plain


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
