"""Stop at the faults of tables, and say how to go on without mending them."""

from collections.abc import Iterable, Mapping, Sequence

from cxkit.dataset.clean import Clean
from cxkit.dataset.find.found import Found
from cxkit.errors import DataError

REJECT_HINT = "To go on without such rows, set `on_faults: reject` in dataset.yml: they are then counted and listed."
FRAMES_HINT = (
    "Frames have no dataset.yml; its lines are given with them: cx.open_data(frames, settings={'on_faults': 'reject'})."
)


def stop_at_faults(found: Found, tables: Mapping[str, Clean], names: Iterable[str]) -> None:
    """Check tables.

    Raises
    ------
    DataError
        With every fault of every one of them.
    """
    faults: dict[str, tuple[str, ...]] = {}
    wanted = set(names)
    for name in (name for name in tables if name in wanted):
        try:
            faults[name] = tables[name].checked.faults
        except DataError as error:
            faults[name] = (str(error),)
    if told := [fault for of_table in faults.values() for fault in of_table]:
        raise DataError("\n\n".join(filter(None, [*told, way_out(found, faults)])))


def way_out(found: Found, faults: Mapping[str, Sequence[str]]) -> str:
    """How to go on without mending, by the faults of each table: without rows, or without a table where others are sound."""
    ways = []
    may_reject = found.settings.on_faults == "stop"
    if may_reject and any(" rows " in fault for of_table in faults.values() for fault in of_table):
        ways.append(REJECT_HINT)
    is_one_sound = any(not faults.get(name, [""]) for name in found.tables)
    for name, given in found.tables.items() if is_one_sound else ():
        if faults.get(name) and isinstance(given, list) and not found.settings.database:
            entry = given[0].name if len(given) == 1 else given[0].parent.name
            ways.append(
                f"To go on without `{name}`, rename {entry} to _{entry}: what needs the table is then off, and says so."
            )
    if found.folder is None and (
        may_reject or any("dataset.yml" in fault for told in faults.values() for fault in told)
    ):
        ways.append(FRAMES_HINT)
    return "\n".join(ways)
