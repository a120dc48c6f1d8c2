"""What a kernel gets from us: the broker's address, a token of its own, and `dh_kernel` if its environment lacks it."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server import CallContext
from jupyter_server.auth.identity import User

from dh_kernel._version import __version__

from .home import make_private
from .tokens import CLIENT, login_name, recorded_name, server_user

if TYPE_CHECKING:
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

    from .broker import Broker


def watch_kernels(
    manager: AsyncMappingKernelManager, broker: Broker, removed: Callable[[str], None] = lambda kernel_id: None
) -> None:
    """From now on each kernel that `manager` starts gets its environment from us, and loses its token when it ends; then
    `removed` is told.

    The manager is wrapped, not replaced: this holds for every way to start a kernel, and a restart keeps the environment.
    """
    outer: Any = manager
    start, remove = outer.start_kernel, outer.remove_kernel
    folders: dict[str, Path] = {}

    @functools.wraps(start)
    async def start_kernel(*, kernel_id: str | None = None, **options: Any) -> str:
        if kernel_id is not None and kernel_id in manager:
            return str(await start(kernel_id=kernel_id, **options))
        owner, name = _owner()
        token = broker.tokens.issue(owner, "a kernel")
        folder = private_folder(broker.home)
        options["env"] = {
            **environment(options.get("env") or os.environ, broker, token, folder),
            **await broker.call_store(broker.variables, name),
        }
        try:
            started = str(await start(kernel_id=kernel_id, **options))
        except BaseException:
            broker.tokens.revoke(token)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        broker.tokens.bind(token, started)
        folders[started] = folder
        return started

    @functools.wraps(remove)
    def remove_kernel(kernel_id: str) -> Any:
        broker.tokens.revoke_kernel(kernel_id)
        removed(kernel_id)
        if kernel_id in folders:
            shutil.rmtree(folders.pop(kernel_id), ignore_errors=True)
        return remove(kernel_id)

    outer.start_kernel = start_kernel
    outer.remove_kernel = remove_kernel


def environment(given: Any, broker: Broker, token: str, folder: Path) -> dict[str, str]:
    """The kernel's environment: what was given, and ours."""
    url = broker.url().rstrip("/")
    return {
        **given,
        "DH_SERVER_URL": f"{url}/",
        "DH_TOKEN": token,
        "DH_HOME": str(broker.home),
        "DH_PROJECT": given.get("DH_PROJECT") or broker.settings.default_project,
        "DHCORE_ENDPOINT": f"{url}/dh",
        "DHCORE_ACCESS_TOKEN": token,
        "DHCORE_REFRESH_TOKEN": token,
        "DHCORE_CLIENT_ID": CLIENT,
        "OAUTH2_TOKEN_ENDPOINT": f"{url}/dh/auth/token",
        # the public SDK prefers its file to the environment: an old ~/.dhcore.ini would win over our token
        "DH_CONFIG": str(folder / "dhcore.ini"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(toolkit_path(broker.home)), given.get("PYTHONPATH", "")])),
    }


def private_folder(home: Path) -> Path:
    """A folder for one kernel's configuration of the public SDK."""
    make_private(home)
    kernels = home / "kernels"
    kernels.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=kernels))
    handle = os.open(folder / "dhcore.ini", os.O_CREAT | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("[DEFAULT]\n")
    return folder


def toolkit_path(home: Path) -> Path:
    """A folder with `dh_kernel` (and what its entry points are read from) alone: kernels of other environments import it
    from there, and nothing else of the server's environment."""
    folder = home / "cache" / f"toolkit-{__version__}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for source in _toolkit_sources():
        link = folder / source.name
        if not link.is_symlink() or link.readlink() != source:
            with contextlib.suppress(FileNotFoundError):
                link.unlink()
            with contextlib.suppress(FileExistsError):  # another server of this home was faster
                link.symlink_to(source)
    return folder


@functools.cache
def _toolkit_sources() -> tuple[Path, ...]:
    found = importlib.util.find_spec("dh_kernel")
    assert found is not None
    assert found.submodule_search_locations
    sources = [Path(found.submodule_search_locations[0]).resolve()]
    for file in importlib.metadata.distribution("dh-kernel").files or ():
        if file.name == "METADATA":
            sources.append(Path(str(file.locate())).parent.resolve())
    return tuple(sources)


def _owner() -> tuple[User, str]:
    """Whoever asked for the kernel, and the name to record."""
    handler = CallContext.get(CallContext.JUPYTER_HANDLER)
    user = getattr(handler, "current_user", None) if handler is not None else None
    if handler is None or not isinstance(user, User):
        return server_user(), login_name()
    return user, recorded_name(handler.identity_provider, user)
