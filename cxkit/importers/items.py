"""Survey items: one line of a map a question, with the scale that its instrument usually has."""

from typing import Any

from cxkit.errors import DataError
from cxkit.importers import said

_SCALES = {
    "ces1": (1, 5), "nps": (0, 10), "enps": (0, 10), "csat": (1, 5), "esat": (1, 5), "ces": (1, 7), "seq": (1, 7), "sus": (1, 5),
    "umux_lite": (1, 7), "post_task_csat": (1, 5), "area_score": (1, 5), "review_stars": (1, 5),
}  # fmt: skip
_KEYS = ("instrument", "scale", "id", "reversed", "version", "choices", "touchpoint", "stage")


def survey_items(entry: Any, where: str) -> list[dict[str, Any]]:
    """Survey items, one line each: `"How likely are you to recommend us?": nps`."""
    found = []
    for heading, spec in said.mapping(entry, where, "items").items():
        item = spec if isinstance(spec, dict) else {"instrument": said.text(spec)}
        said.only(item, _KEYS, f"{where}, items, {heading}")
        found.append(_item(str(heading), item, f"{where}, items, {heading}"))
    return found


def _item(heading: str, item: dict[str, Any], where: str) -> dict[str, Any]:
    instrument = str(item.get("instrument", "custom"))
    version = str(item.get("version", ""))
    if instrument.startswith("sus_"):
        instrument, version = "sus", instrument
    if instrument in ("ces1", "ces2"):
        instrument, version = "ces", instrument
    scale = _scale(item["scale"], where) if "scale" in item else _SCALES.get(version) or _SCALES.get(instrument)
    columns: dict[str, Any] = {"item_id": f"={item.get('id', heading)}", "instrument": f"={instrument}"}
    if scale:
        number: dict[str, Any] = {"from": heading, "as": "number"}
        if "choices" in item:
            number["choices"] = item["choices"]
        columns |= {"scale_min": f"={scale[0]}", "scale_max": f"={scale[1]}", "value_num": number}
        columns["is_reversed"] = f"={str(item.get('reversed', False)).lower()}"
    elif instrument == "open_text":
        columns["value_text"] = heading
    else:
        columns["value_choice"] = {"from": heading, "choices": item["choices"]} if "choices" in item else heading
    extras = {"item_version": version, "touchpoint": item.get("touchpoint", ""), "stage": item.get("stage", "")}
    return columns | {key: f"={value}" for key, value in extras.items() if value}


def _scale(value: Any, where: str) -> tuple[int, int]:
    low, _, high = str(value).partition("-")
    if not (low.strip().isdecimal() and high.strip().isdecimal()):
        raise DataError(f"{where}: `scale` is written as 1-5, found {value!r}.")
    return int(low), int(high)
