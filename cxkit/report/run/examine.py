"""What a run needs to know of its data before any kernel starts: faults, period, hashes, rejected rows."""

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any

from cxkit.dataset.recall import remember
from cxkit.errors import ArgumentError, CxError, DataError
from cxkit.run_context import RunContext


@dataclass(frozen=True)
class Examined:
    """A data set that keeps its contract, and the period asked of it.

    `period`, `base` are labels ("" for none); `files` maps table to file to SHA-256; `rejects` are rows of `Source.rejects`.
    """

    name: str
    title: str
    period: str
    period_title: str
    base: str
    files: dict[str, dict[str, str]]
    rejects: list[dict[str, Any]]


def examine(data: str, period: str, compare: str) -> Examined:
    """Open the data, check every table and write down what was found for the notebooks, read the period.

    Raises
    ------
    CxError
        With all faults, in words.
    """
    from cxkit.dataset.source import open_data
    from cxkit.report.notebook.covered import read_period

    source = open_data(data)
    source.check()
    remember(source.found, source.supplied)
    current = read_period(source, period)
    base = current.base(compare)
    return Examined(
        name=source.name,
        title=source.settings.title or source.name,
        period=current.label,
        period_title=current.title,
        base=base.label if base else "",
        files=source.found.hashes(),
        rejects=[dict(zip(source.rejects.columns, row, strict=True)) for row in source.rejects.itertuples(index=False)],
    )


def in_child(context: BaseContext, run: RunContext, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in another process of the run, so that this one stays without the threads that a data base starts.

    Raises
    ------
    CxError
        As the function does.
    RuntimeError
        It raised something else, or its process died.
    """
    return ask_child(context, run, function, *arguments)()


def ask_child(
    context: BaseContext, run: RunContext, function: Callable[..., Any], *arguments: Any
) -> Callable[[], Any]:
    """As `in_child`, without waiting: gives a function that waits for the answer."""
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(theirs, run, function, arguments))  # type: ignore[attr-defined]
    child.start()
    theirs.close()

    def answer() -> Any:
        try:
            kind, content = ours.recv()
        except EOFError:
            kind, content = "died", "the process that opened the data was killed (out of memory?)"
        child.join()
        if kind == "done":
            return content
        errors = {"ArgumentError": ArgumentError, "DataError": DataError, "CxError": CxError}
        raise errors.get(kind, RuntimeError)(content)

    return answer


def _answer(channel: Connection, run: RunContext, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    run.tell()
    try:
        channel.send(("done", function(*arguments)))
    except CxError as error:
        channel.send((type(error).__name__, str(error)))
    except Exception:
        import traceback

        channel.send(("failed", traceback.format_exc()))
