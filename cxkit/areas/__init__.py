"""The areas of customer experience, a package each: declarations, figures, study, charts and captions, all that one notebook needs.

`from cxkit.areas import email` gives an analyst the area's declarations (`email.CLICK_RATE`) and its few verbs.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from cxkit.errors import did_you_mean
from cxkit.metric import Declared, register


def is_declared(name: str, value: Any) -> bool:
    """A metric, or a list of metrics with a name, such as `social.RATES`."""
    parts = value if isinstance(value, tuple) else (value,)
    return not name.startswith("_") and all(isinstance(part, Declared) for part in parts)


def hand_on(
    area: str, declarations: Sequence[str], verbs: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Register an area, and give what it hands on, as the `__getattr__` and `__dir__` of its package; nothing is loaded before it is named.

    Parameters
    ----------
    area : str
        The package.
    declarations : sequence of str
        Its modules with declarations, in the order of the catalogue.
    verbs : mapping of name to module
        The module that has the name; a module under its own name is handed on whole.
    """

    def loaded() -> list[tuple[str, Any]]:
        return [one for module in declarations for one in vars(import_module(f"{area}.{module}")).items()]

    def declared() -> dict[str, Any]:
        return {name: value for name, value in loaded() if is_declared(name, value)}

    register(
        area.rpartition(".")[2], lambda: [(name, value) for name, value in loaded() if isinstance(value, Declared)]
    )

    def names() -> list[str]:
        return sorted([*declared(), *verbs])

    def get(name: str) -> Any:
        if name in verbs:
            module = import_module(verbs[name])
            return module if verbs[name] == f"{area}.{name}" else getattr(module, name)
        if name == "__all__":
            return names()
        hint = ""
        if name.isupper():
            if name in (found := declared()):
                return found[name]
            hint = did_you_mean(name, found) and f".{did_you_mean(name, found)}"
        raise AttributeError(f"module {area!r} has no attribute {name!r}{hint}")

    return get, names


def __dir__() -> list[str]:
    return sorted(module.name for module in iter_modules(__path__))


for _area in __dir__():  # an area belongs to the catalogue by its place alone, as a notebook to the report
    import_module(f"{__name__}.{_area}")
