"""Kernels of this server's notebooks that run elsewhere: as runs, on whatever executor can be spoken to.

`documents` says what such a run is (pure), `channels` connects to it, `provisioner` is what Jupyter knows of it, `notebooks`
moves a notebook's kernel there and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

    from ..broker import Broker
    from .notebooks import Notebooks


class Elsewhere:
    """Loaded when the first kernel asks to move: a server that moves none pays nothing."""

    def __init__(self, manager: AsyncMappingKernelManager, broker: Broker, idle: float) -> None:
        self._given = manager, broker, idle
        self._notebooks: Notebooks | None = None

    @property
    def notebooks(self) -> Notebooks:
        """All that is done."""
        from .notebooks import Notebooks

        if self._notebooks is None:
            self._notebooks = Notebooks(*self._given)
        return self._notebooks

    def removed(self, kernel_id: str) -> None:
        """A kernel has ended."""
        if self._notebooks is not None:
            self._notebooks.removed(kernel_id)

    async def close(self) -> None:
        """The server stops."""
        if self._notebooks is not None:
            await self._notebooks.close()
