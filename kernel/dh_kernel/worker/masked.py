"""What a worker writes, without values of the run's secrets. Files of outputs are the user's own, and stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..masking import Masking

if TYPE_CHECKING:
    from .._contract import Result, RunDocument


def masking_of(run: RunDocument, environment: Mapping[str, str]) -> Masking:
    """For the secrets that run.json names; their values are in the environment when the worker begins."""
    names = run.get("secrets") or []
    return Masking({name: environment[name] for name in names if name in environment})


def masked_result(result: Result, masking: Masking) -> Result:
    """The result; what the contract itself has words for (ids, states, paths) is left alone."""
    if not masking:
        return result
    masked: dict[str, Any] = {**result}
    masked["results"] = {name: masking.document(part, keys=True) for name, part in result["results"].items()}
    masked["outputs"] = [_masked_output(output, masking) for output in result["outputs"]]
    if "value" in result:
        masked["value"] = _masked_value(result["value"], masking)
    for name in ("warnings", "error"):
        if name in result:
            masked[name] = masking.document(masked[name])
    return masked  # type: ignore[return-value]


def _masked_output(output: Any, masking: Masking) -> Any:
    masked = {**output, **{name: masking.document(output[name]) for name in ("spec", "status")}}
    if "profile" in output["status"]:  # its names are those of columns
        masked["status"]["profile"] = masking.document(output["status"]["profile"], keys=True)
    return masked


def _masked_value(tree: Any, masking: Masking) -> Any:
    """A value's tree: what is below `json` is the user's, the name of an output is one that was masked before."""
    if isinstance(tree, list):
        return [_masked_value(item, masking) for item in tree]
    if not isinstance(tree, Mapping):
        return tree
    if "built" in tree:
        return _masked_built(tree, masking)
    return {
        name: masking.document(part, keys=True) if name == "json" else _masked_value(part, masking)
        for name, part in tree.items()
    }


def _masked_built(tree: Mapping[str, Any], masking: Masking) -> Any:
    """What is built from a text that was masked (bytes, a number) can't be built any more: a text stands for it."""
    parts = [(part, _masked_value(part, masking)) for part in tree["built"]["of"]]
    for before, after in parts:
        if isinstance(before, Mapping) and isinstance(before.get("json"), str) and before != after:
            return after
    return {"built": {**tree["built"], "of": [after for _, after in parts]}}
