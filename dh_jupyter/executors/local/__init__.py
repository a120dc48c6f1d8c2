"""The local executor: every attempt is a detached, supervised process group of this machine that outlives the server.

`dh_kernel.detached` is what outlives us. On this side: `launch` starts attempts, `zygotes` keeps warm processes to fork from,
`attempt` reads how they are, `slots` leases cores and devices, `wake` hears what happens.
"""

from __future__ import annotations

from .executor import LocalExecutor

__all__ = ["LocalExecutor"]
