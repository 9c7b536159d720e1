"""Kernels that start warm: forked from a process that has already imported what notebooks import.

`preload` pays for the imports once. Each notebook's process then forks a `WaitingKernel` before anything of Jupyter runs in it (no sockets,
no event loop, no threads), and a kernel manager, Jupyter's own extension point, lets it become the kernel. Where forking is not
safe (Windows, macOS) notebooks get plain kernels.
"""

import contextlib
import ctypes
import gc
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import LocalProvisioner

from cxkit.contract import tables
from cxkit.dataset.naming import shipped_views
from cxkit.metric import catalogue
from cxkit.report.run.lean import keep_to_one_thread

#: What opening data takes.
OPENING = ("numpy", "pandas", "duckdb", "yaml", "cxkit.dataset.source", "cxkit.report.notebook.notebook")
#: What runs notebooks, and what the notebooks import, directly or through cxkit; each is loaded if it is there.
MODULES = (
    *OPENING, "papermill", "nbclient", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completerlib", "IPython.extensions.storemagic",
    "scipy.stats", "scipy.optimize", "scipy.special", "babel.numbers", "babel.dates",
    "matplotlib.pyplot", "matplotlib.backends.backend_svg", "seaborn", "statsmodels.stats.proportion", "statsmodels.tsa.seasonal", "lifelines",
    "cxkit.measurement.measure", "cxkit.charts", "cxkit.areas", "cxkit.models", "cxkit.measurement.history", "cxkit.report.notebook.charts",
)  # fmt: skip
_PR_SET_PDEATHSIG = 1


def can_fork() -> bool:
    """Whether kernels can be forked: Linux only, as elsewhere system libraries do not survive it."""
    return sys.platform == "linux"


def preload(modules: Sequence[str] = MODULES) -> None:
    """Import what notebooks will need, in a process that has no threads yet and gets none by it."""
    keep_to_one_thread()
    os.environ.setdefault(
        "PYDEVD_DISABLE_FILE_VALIDATION", "1"
    )  # else the debugger, which is loaded and not used, warns
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    with _without_collector():
        for name in modules:
            with contextlib.suppress(ImportError):
                import_module(name)
    tables(), shipped_views(), catalogue()  # each is read once and kept


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Imports leave no rubbish, and looking for it takes a fifth of their time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def die_with_parent(parent: int) -> None:
    """Have the kernel of Linux end this process when its parent ends, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def share_of_cores(at_once: int) -> int:
    """The threads of each kernel that runs beside others: more of them than cores only wait for each other."""
    return max(1, (os.cpu_count() or 1) // at_once)


class WaitingKernel:
    """A forked process that waits for the word to become a kernel; to Jupyter it looks like a `Popen`.

    Make it before sockets, threads or an event loop exist in the process.
    """

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        gc.freeze()  # what was imported stays: to look through it for rubbish would take every kernel 0.2 s and a copy of its memory
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _wait_and_become(theirs, parent)
        theirs.close()
        self._channel: socket.socket | None = ours

    def become(self, argv: Sequence[str], cwd: str, env: Mapping[str, str], log: str) -> None:
        """Start the kernel with these arguments, folder and environment; its own messages go to a file."""
        if self._channel is None:
            raise RuntimeError("this process is a kernel already")
        message = {"argv": list(argv), "cwd": cwd, "env": dict(env), "log": log}
        self._channel.sendall(json.dumps(message).encode())
        self._channel.close()
        self._channel = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def _wait_and_become(channel: socket.socket, parent: int) -> NoReturn:
    """The life of the forked process, which never returns to the code that forked it."""
    status = 1
    try:
        os.setsid()
        die_with_parent(parent)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        message = b"".join(iter(lambda: channel.recv(65536), b""))
        channel.close()
        if message:
            _run_kernel(**json.loads(message))
            status = 0
    finally:
        os._exit(status)


def _run_kernel(argv: list[str], cwd: str, env: dict[str, str], log: str) -> None:
    from ipykernel.kernelapp import IPKernelApp

    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    with open(os.devnull) as nothing, open(log, "a") as messages:  # noqa: PTH123 (file descriptors, not paths)
        os.dup2(nothing.fileno(), 0)
        os.dup2(messages.fileno(), 1)
        os.dup2(messages.fileno(), 2)
    sys.argv = ["ipykernel_launcher", *argv]
    IPKernelApp.launch_instance(argv=argv)
    sys.stdout.flush()
    sys.stderr.flush()


@dataclass
class Desk:
    """Where one notebook's kernel comes from and where it may write.

    Attributes
    ----------
    folder : str
        For sockets and connection file; its path must be short (a socket's name has 107 bytes at most).
    waiting : WaitingKernel or None
        The process that will become the kernel; without one a plain kernel is started.
    """

    folder: str
    waiting: WaitingKernel | None = None

    def settle(self, warm: bool) -> None:
        """Keep in the folder whatever this process and its kernel leave behind: a kernel that is told to stop removes nothing itself."""
        tempfile.tempdir = self.folder
        os.environ.update(TMPDIR=self.folder, IPYTHONDIR=f"{self.folder}/ipython")
        if warm:
            self.waiting = WaitingKernel()

    @property
    def messages(self) -> str:
        """The file for what the kernel itself says."""
        return f"{self.folder}/messages"

    def manager(self, kind: type[KernelManager]) -> type[KernelManager]:
        """A kind of Jupyter's kernel managers that takes its sockets and its kernel from here."""
        return type("WarmKernelManager", (_FromDesk, kind), {"desk": self})


class _FromDesk:
    """What a kernel manager does otherwise."""

    desk: Desk

    def __init__(self, **kwargs: Any) -> None:
        place = self.desk.folder
        # Sockets in the file system instead of ports, which others can take first.
        files = {"transport": "ipc", "ip": f"{place}/k", "connection_file": f"{place}/k.json"} if can_fork() else {}
        super().__init__(**kwargs, **files)

    async def _async_pre_start_kernel(self: Any, **kwargs: Any) -> tuple[list[str], dict[str, Any]]:
        if self.desk.waiting is not None and self.provisioner is None:
            self.kernel_id = self.kernel_id or f"cxkit-{os.getpid()}"
            self.provisioner = WarmProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kwargs)  # type: ignore[misc]


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel by letting the waiting process become it."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        desk: Desk = self.parent.desk  # type: ignore[union-attr]
        waiting, desk.waiting = desk.waiting, None
        if waiting is None:  # a restart: the first process is used up
            return await super().launch_kernel(cmd, **kwargs)
        options = ["--HistoryManager.enabled=False", f"--IPKernelApp.parent_handle={os.getpid()}"]
        arguments = [*cmd[cmd.index("-f") :], *options]
        environment = kwargs.get("env") or os.environ
        waiting.become(arguments, str(kwargs.get("cwd") or os.getcwd()), environment, desk.messages)  # noqa: PTH109
        self.process = waiting  # type: ignore[assignment]  # has what is used of Popen
        self.pid, self.pgid = waiting.pid, waiting.pid
        return self.connection_info
