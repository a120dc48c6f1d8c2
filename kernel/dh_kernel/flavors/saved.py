"""What the flavors on MLflow share: quiet saving, the signature, the model's parameters. Functions, no base class."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import warnings
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._contract import ModelSpec


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """MLflow's remarks are not the user's log."""
    logger = logging.getLogger("mlflow")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def requirements(*packages: str) -> list[str]:
    """Pinned as installed. MLflow's own inference loads the model in another process, which takes seconds."""
    found = []
    for package in packages:
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{package}=={version(package)}")
    return found


def signature_of(model: Any, example: Any) -> Any:
    """MLflow's signature from a few rows, None without them. Raises what the model's predict raises."""
    if example is None:
        return None
    from mlflow.models import infer_signature

    return infer_signature(example, model.predict(example))


def model_spec(model: Any, framework: str, signature: Any) -> ModelSpec:
    """The entity's spec, without its path."""
    spec: dict[str, Any] = {"framework": framework, "flavor": framework, "algorithm": type(model).__name__}
    parameters = parameters_of(model)
    if parameters:
        spec["parameters"] = parameters
    if signature is not None:
        spec["signature"] = signature.to_dict()
    return spec  # type: ignore[return-value]


def parameters_of(model: Any) -> dict[str, Any]:
    """get_params as JSON takes it; an object becomes the text that shows it."""
    if not hasattr(model, "get_params"):
        return {}
    return {str(name): _plain(value) for name, value in model.get_params(deep=False).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return repr(value)[:200]
    return value
