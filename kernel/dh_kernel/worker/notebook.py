"""A notebook in a kernel of its own, cell by cell. The file in the run's folder becomes the executed notebook."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat as _nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellExecutionError, DeadKernelError

from ..masking import Masking
from ..notebooks.document import code_of
from ..notebooks.parameters import inject
from ..reporting import progress, wake_pipe
from .failures import CellFailed, Stopped
from .printed import Client

if TYPE_CHECKING:
    from .._contract import ErrorDocument, RunDocument
    from ..rundir import RunFolder

_IN_KERNEL = "__import__('dh_kernel.worker.in_kernel').worker.in_kernel"
_STOP_PATIENCE = 3.0  # seconds between interrupting a cell and ending its kernel
_NO_LIMIT = 10**9  # seconds for the rest of what a cell has printed
_START_TIMEOUT = 300  # seconds for a kernel to answer, on a machine that is very busy
_ANSWER_TIMEOUT = 60  # seconds for a kernel to describe a failure, while its threads may show more than is taken
_LONGEST_FOLDER = 70  # bytes
nbformat: Any = _nbformat  # it has no types
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def execute_notebook(folder: RunFolder, run: RunDocument, given: Mapping[str, str], masking: Masking) -> None:
    """With these expressions as its parameters' values. Raises CellFailed, and KeyboardInterrupt when it is stopped."""
    path = folder.path / run["function"]["file"]
    notebook = inject(json.loads(path.read_text(encoding="utf-8")), given)
    notebook["metadata"] = {**notebook["metadata"], "dh": {"run": run["key"]}}
    execution = Execution(path, nbformat.from_dict(notebook), masking)
    try:
        asyncio.run(execution.run())
    finally:
        execution.save()


class _ThisPython(KernelSpecManager):
    """Whatever kernels are installed: this interpreter's."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Called by the kernel manager."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


class Execution:
    """One notebook, once."""

    def __init__(self, path: Path, notebook: Any, masking: Masking) -> None:
        self.notebook = notebook
        self._masking = masking
        self._path = path
        self._manager: Any = AsyncKernelManager(kernel_spec_manager=_ThisPython())
        self._client = Client(
            notebook,
            km=self._manager,
            timeout=None,
            iopub_timeout=_NO_LIMIT,
            startup_timeout=_START_TIMEOUT,
            coalesce_streams=False,
        )
        self._labels: dict[int, tuple[str, str, int]] = {}  # (label, id, empty lines above) by execution count
        self._stopped = False
        self._saved = self._saving = 0.0  # when, and how long it took

    async def run(self) -> None:
        """Start the kernel, execute the cells, end the kernel."""
        with _at_stop(self._stop), tempfile.TemporaryDirectory(prefix="dh-", dir=_short()) as scratch:
            try:
                await self._start(Path(scratch))
                await self._execute()
            except DeadKernelError as error:
                if not self._stopped:
                    raise CellFailed(self._death()) from error
            finally:
                await self._end()
        if self._stopped:
            raise Stopped("stopped")

    async def _start(self, scratch: Path) -> None:
        manager = self._manager
        manager.connection_file = str(scratch / "kernel.json")
        manager.transport = "ipc"  # sockets in a folder that is ours alone, rather than ports that all can reach
        pipe = wake_pipe()
        passed = (pipe,) if _is_open(pipe) else ()
        await self._client.async_start_new_kernel(
            env=environment(os.environ, str(scratch)), cwd=str(self._path.parent), pass_fds=passed
        )
        try:
            await self._client.async_start_new_kernel_client()
        except RuntimeError as error:  # it ended, or did not answer
            raise DeadKernelError(str(error)) from error
        has_magics = any("%dh" in cell["source"] for _, cell in code_of(self.notebook))
        prepare = self._channels.execute(f"{_IN_KERNEL}.prepare(get_ipython(), {has_magics})", silent=True)
        await self._client.async_wait_for_reply(prepare)

    async def _execute(self) -> None:
        self.save()  # whatever ends it, as far as it came is there
        self._saving = 0.0  # the first cell is saved in any case
        cells: list[Any] = [found for found in code_of(self.notebook) if found[1]["source"].strip()]
        for number, (place, cell) in enumerate(cells, 1):
            if self._stopped:
                return
            progress(number - 1, len(cells), f"cell {number} of {len(cells)}")
            own = cell["metadata"].get("dh_cell")
            label = own or f"cell [{number}] of {self._path.name}"
            self._labels[number] = (label, cell.get("id", ""), _empty_above(cell["source"]))
            try:
                await self._client.async_execute_cell(cell, place, execution_count=number)
            except CellExecutionError as error:
                if not self._stopped:
                    raise CellFailed(await self._described(error)) from error
            finally:
                self._client.finish(cell)
            self._save_now_and_then()
        progress(len(cells), len(cells))
        self._client.set_widgets_metadata()

    # -- how it ends -------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """SIGTERM: interrupt the cell; a kernel that does not mind is ended."""
        self._stopped = True
        loop = asyncio.get_running_loop()
        if self._manager.has_kernel:
            self._interrupting = loop.create_task(self._manager.interrupt_kernel())
        loop.call_later(_STOP_PATIENCE, self._kill)

    def _kill(self) -> None:
        process = getattr(self._manager.provisioner, "process", None)
        if process is not None and process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)

    async def _end(self) -> None:
        client, manager = self._channels, self._manager
        if client is not None:
            client.stop_channels()
        if manager.has_kernel:
            await manager.shutdown_kernel(now=True)

    async def _described(self, error: CellExecutionError) -> ErrorDocument:
        """As the kernel itself describes it; else what it has shown."""
        asked = {"error": f"{_IN_KERNEL}.last_failure(get_ipython(), {json.dumps(self._labels)})"}
        with contextlib.suppress(DeadKernelError, asyncio.TimeoutError):
            for _ in range(5):  # right after a failure ipykernel may still be dropping requests
                asking = self._channels.execute("", silent=True, user_expressions=asked)
                reply = await asyncio.wait_for(self._client.async_wait_for_reply(asking), _ANSWER_TIMEOUT)
                said = (reply or {}).get("content", {}).get("user_expressions", {}).get("error", {})
                if said.get("status") == "ok":
                    return json.loads(ast.literal_eval(said["data"]["text/plain"]))  # type: ignore[no-any-return]
        return shown_error(error.ename, error.evalue, self._label)

    def _death(self) -> ErrorDocument:
        process = getattr(self._manager.provisioner, "process", None)
        return death(process.poll() if process else None, self._label)

    @property
    def _label(self) -> str:
        """Of the cell that was executed last."""
        return self._labels[max(self._labels)][0] if self._labels else self._path.name

    @property
    def _channels(self) -> Any:
        return self._client.kc

    # -- the file ----------------------------------------------------------------------------------------------------

    def _save_now_and_then(self) -> None:
        """After each cell, unless that would take more than a tenth of the time."""
        if time.monotonic() - self._saved >= 10 * self._saving:
            self.save()

    def save(self) -> None:
        """Write the notebook as it is now: whole, or not at all."""
        begun = time.monotonic()
        written = self._path.with_name(f".{self._path.name}")
        written.write_text(self._masking.text(nbformat.writes(self.notebook)), encoding="utf-8")
        os.replace(written, self._path)
        self._saved = time.monotonic()
        self._saving = self._saved - begun


def environment(ours: Mapping[str, str], scratch: str) -> dict[str, str]:
    """The kernel's variables: ours, with this dh_kernel to import, figures in the notebook, and no profile of a user's."""
    package = str(Path(__file__).parents[2])
    paths = [package, *filter(None, [ours.get("PYTHONPATH")])]
    found = {**ours, "PYTHONPATH": os.pathsep.join(paths), "IPYTHONDIR": scratch, "JUPYTER_RUNTIME_DIR": scratch}
    if found.get("MPLBACKEND") == "Agg":  # as runs have it; a kernel chooses its own
        del found["MPLBACKEND"]
    return found


def shown_error(kind: str, message: str, label: str) -> ErrorDocument:
    """From what a kernel has shown, without knowing where."""
    plain = _ANSI.sub("", message)
    return {"type": kind, "message": plain, "traceback": f"{label}\n{kind}: {plain}\n", "frames": []}


def death(code: int | None, label: str) -> ErrorDocument:
    """The kernel is gone, by exit code or (negative) by signal."""
    how = "" if code is None else f" (exit code {code})"
    if code is not None and code < 0:
        names = {one.value: one.name for one in signal.Signals}
        how = f" ({names.get(-code, f'signal {-code}')})"
    said = f"The kernel died in {label}{how}."
    return {"type": "KernelDied", "message": said, "traceback": f"{said}\n", "frames": []}


def _empty_above(source: str) -> int:
    """Lines that IPython drops before it compiles a cell."""
    lines = source.split("\n")
    return next((number for number, line in enumerate(lines) if line.strip()), 0)


def _short() -> str | None:
    """Where temporary files go, if a Unix socket's path, which has 107 bytes at most, may lie there."""
    return None if len(os.fsencode(tempfile.gettempdir())) < _LONGEST_FOLDER else "/tmp"


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _at_stop(act: Any) -> Iterator[None]:
    """While the loop runs, SIGTERM is its event; then it means again what it meant before."""
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    loop.add_signal_handler(signal.SIGTERM, act)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
