"""The run that a notebook's kernel is: its function, what is asked of it, and where it says that its door is. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..validation import check_shape

if TYPE_CHECKING:
    from dh_kernel._contract import KernelRequest, MetricLine

NAME = "notebook-kernel"
LONELY = 600.0  # seconds after which it ends by itself when no server was heard
PORT = "kernel.port"  # as dh_kernel.lent.serve reports it
_CODE = '''"""The kernel of a notebook, where the notebook was moved to."""

from dh_kernel.lent.serve import serve


def kernel(key_variable: str, lonely: float):
    """A notebook's kernel, until its notebook needs it no more."""
    return serve(key_variable, lonely)
'''


def function_document(requirements: Iterable[str]) -> dict[str, Any]:
    """The function, as it is registered. The same content is the same version."""
    wanted = sorted({"ipykernel", *requirements})
    ident = hashlib.sha256("\0".join([_CODE, *wanted]).encode()).hexdigest()[:32]
    texts = {"type": "string"}
    schema = {"type": "object", "properties": {"key_variable": texts, "lonely": {"type": "number"}}}
    source = {
        "source": "main.py",
        "handler": "kernel",
        "lang": "python",
        "base64": base64.b64encode(_CODE.encode()).decode(),
    }
    spec = {"source": source, "requirements": wanted, "parameters": schema}
    return {
        "kind": "python",
        "name": NAME,
        "id": ident,
        "metadata": {"description": "Kernels of notebooks"},
        "spec": spec,
    }


def run_document(asked: KernelRequest, key_variable: str) -> dict[str, Any]:
    """The run, as it is posted once its function is known. Nothing tries it again: what was in its memory would not come back."""
    check_shape("KernelRequest", asked)
    spec: dict[str, Any] = {name: value for name, value in asked.items() if name != "requirements"}
    secrets = [*(spec.get("secrets") or []), key_variable]
    parameters = {"key_variable": key_variable, "lonely": LONELY}
    return {"spec": {**spec, "parameters": parameters, "secrets": secrets, "retries": 0}}


def key_variable(kernel_id: str) -> str:
    """Under which a run gets the key of its door. It is no secret of the project's, and goes with the run."""
    return f"DH_KERNEL_KEY_{kernel_id.replace('-', '')[:12].upper()}"


def port_of(lines: Iterable[MetricLine]) -> int | None:
    """Where a run's door is, by what it reported; None while it has not."""
    ports = [line["values"][PORT] for line in lines if PORT in line.get("values", {})]
    return int(ports[-1]) if ports else None
