"""Survey items: one line of a map a question, with the scale that its instrument usually has."""

from collections.abc import Mapping
from typing import Any

from cxkit import forms

_SCALES = {
    "ces1": (1, 5), "nps": (0, 10), "enps": (0, 10), "csat": (1, 5), "esat": (1, 5), "ces": (1, 7), "seq": (1, 7), "sus": (1, 5),
    "umux_lite": (1, 7), "post_task_csat": (1, 5), "area_score": (1, 5), "review_stars": (1, 5),
}  # fmt: skip


def survey_items(written: Any) -> list[dict[str, Any]]:
    """Survey items, one line each: `"How likely are you to recommend us?": nps`."""
    return [_item(heading, item) for heading, item in forms.mapping(_read, key=forms.scalar)(written).items()]


def _read(spec: Any) -> dict[str, Any]:
    return forms.fill(spec if isinstance(spec, Mapping) else {"instrument": spec}, _FORM)


def _item(heading: str, item: dict[str, Any]) -> dict[str, Any]:
    instrument, version = item.get("instrument", "custom"), item.get("version", "")
    if instrument.startswith("sus_"):
        instrument, version = "sus", instrument
    if instrument in ("ces1", "ces2"):
        instrument, version = "ces", instrument
    scale = item.get("scale") or _SCALES.get(version) or _SCALES.get(instrument)
    columns: dict[str, Any] = {"item_id": f"={item.get('id', heading)}", "instrument": f"={instrument}"}
    if scale:
        number: dict[str, Any] = {"from": heading, "as": "number"}
        if "choices" in item:
            number["choices"] = item["choices"]
        columns |= {"scale_min": f"={scale[0]}", "scale_max": f"={scale[1]}", "value_num": number}
        columns["is_reversed"] = f"={item.get('reversed', 'false')}"
    elif instrument == "open_text":
        columns["value_text"] = heading
    else:
        columns["value_choice"] = {"from": heading, "choices": item["choices"]} if "choices" in item else heading
    extras = {"item_version": version, "touchpoint": item.get("touchpoint", ""), "stage": item.get("stage", "")}
    return columns | {key: f"={value}" for key, value in extras.items() if value}


def _scale(value: Any) -> tuple[int, int]:
    low, _, high = str(value).partition("-")
    if not (low.strip().isdecimal() and high.strip().isdecimal()):
        raise ValueError(f"a scale is written as 1-5, found {value!r}.")
    return int(low), int(high)


_FORM = dict.fromkeys(("instrument", "id", "reversed", "version", "touchpoint", "stage"), forms.scalar) | {
    "scale": _scale,
    "choices": forms.mapping(forms.scalar, key=forms.scalar),
}
