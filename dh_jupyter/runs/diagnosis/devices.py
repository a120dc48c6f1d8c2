"""Rows for GPUs. Frameworks raise RuntimeError for nearly everything, so that the message decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .case import Case
from .changes import one_gpu, smaller_batches
from .row import Row

_FULL = (
    r"CUDA out of memory|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation"
    r"|HIP out of memory|MPS backend out of memory|RESOURCE_EXHAUSTED|OOM when allocating tensor"
)
_AMOUNTS = (
    r"(?:.*?Tried to allocate (?P<wanted>[\d.]+ \w+))?(?:.*?total capacity of (?P<total>[\d.]+ \w+))?"
    r"(?:.*?of which (?P<free>[\d.]+ \w+) is free)?"
)
_NONE = (
    r"No CUDA GPUs are available|Found no NVIDIA driver|no CUDA-capable device|CUDA_ERROR_NO_DEVICE|cudaErrorNoDevice"
    r"|CUDA driver version is insufficient|torch\.cuda\.is_available\(\) is False|[Nn]o visible GPU|No GPU found"
    r"|No OpenCL device found|CUDA driver initialization failed|CUDA unknown error"
)
_BUILD = r"not compiled with (?:CUDA|GPU)|GPU support is not enabled|(?:CUDA|GPU) Tree Learner was not enabled"


def _gpus(case: Case) -> bool:
    asked = (case.spec.get("resources") or {}).get("gpu", "0")
    return str(asked) not in ("", "0")


def _amounts(case: Case, values: Mapping[str, str]) -> Mapping[str, Any]:
    parts = [
        f"{word} {values[key]}"
        for key, word in (("wanted", "it asked for"), ("free", "free were"), ("total", "the device has"))
        if values.get(key)
    ]
    return {"amounts": f": {', '.join(parts)}" if parts else "", **smaller_batches(case, values)}


DEVICES = (
    Row(
        "cuda_memory",
        "The memory of the GPU is full{amounts}.",
        "Do less at once (smaller batches, a smaller model, mixed precision): %dh retry {name} {flags}",
        "--memory limits the machine's memory, not the GPU's; that has what the device has. {place}",
        kinds=("RuntimeError", "OutOfMemoryError", "ResourceExhaustedError", "XlaRuntimeError", "Exception"),
        says=f"(?:{_FULL}){_AMOUNTS}",
        more=_amounts,
    ),
    Row(
        "cuda_memory",
        "The memory of the GPU is full.",
        "Do less at once (smaller batches, a smaller model, mixed precision): %dh retry {name} {flags}",
        "{place}",
        kinds=("torch.OutOfMemoryError", "torch.cuda.OutOfMemoryError", "cupy.cuda.memory.OutOfMemoryError"),
        more=smaller_batches,
    ),
    Row(
        "gpu_build",
        "The installed library can't use a GPU: {message}",
        "Require its build for GPUs, and run again: %dh function {function} --gpu 1 --requires PACKAGE",
        says=_BUILD,
    ),
    Row(
        "gpu_missing",
        "It found no GPU, since the run asked for none.",
        "Ask for one: %dh retry {name} {flags}",
        "The library said: {message}. A run sees only the GPUs that it asked for.",
        says=_NONE,
        when=lambda case: not _gpus(case),
        more=one_gpu,
    ),
    Row(
        "gpu_missing",
        "It found no GPU that works, though the run asked for one.",
        "See what this machine has: %dh doctor",
        "The library said: {message}. Driver and library may not fit each other.",
        says=_NONE,
    ),
    Row(
        "shared_memory",
        "A data loader's process ran out of shared memory (/dev/shm).",
        "Load in fewer processes: %dh retry {name} num_workers=0",
        "{place}",
        says=r"insufficient shared memory|unable to open shared memory object|Bus error.*shm",
    ),
)
