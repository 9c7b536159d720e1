"""What the user of an import says."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Options:
    """What the user says on the command line; None leaves it to the map and to the data."""

    timezone: str | None = None
    decimal: str | None = None
    dates: str | None = None
    key: bytes | None = None
    set: dict[str, str] = field(default_factory=dict)
