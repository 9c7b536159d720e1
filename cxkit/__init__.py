"""cxkit: a notebook kit for customer-experience figures. Right numbers, beautiful reports, little code."""

import sys
from importlib import import_module

from cxkit.moved import Moved

__version__ = "0.2.0"

# What a notebook needs, loaded when first named: `import cxkit` must stay cheap.
_EXPORTS = {
    "ArgumentError": "cxkit.errors",
    "DataError": "cxkit.errors",
    "Metric": "cxkit.metric",
    "Period": "cxkit.period",
    "counting": "cxkit.disclosure.marked",
    "compare": "cxkit.measurement.measure",
    "measure": "cxkit.measurement.measure",
    "open_data": "cxkit.dataset.source",
    "open_report": "cxkit.report",
}
__all__ = ["__version__", "charts", *_EXPORTS]

if not any(isinstance(finder, Moved) for finder in sys.meta_path):
    sys.meta_path.append(Moved())  # asked last: only for what is not there


def __getattr__(name: str) -> object:
    if name == "charts":
        return import_module("cxkit.charts")
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module 'cxkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


import_module("cxkit.areas")  # each registers its metrics, which are loaded when somebody asks for them
