"""Fitted models become folders in MLflow's format, by their framework's flavor."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .artifacts import by_value
from .files import file_entries

if TYPE_CHECKING:
    from .._contract import OutputDocument
    from ..flavors import Flavor


def save_model(
    model: Any, flavor: Flavor, folder: Path, name: str, frame: Any = None
) -> tuple[OutputDocument, list[str]]:
    """Write `outputs/NAME/`. `frame` is the run's first table, of which an input example is made if it fits.

    Gives the document, and warnings: no signature is a pity, not a failure.
    """
    place = folder / "outputs" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    warnings: list[str] = []
    example = _example(model, frame, name, warnings)
    with by_value(folder):
        try:
            spec = flavor.save(model, place, input_example=example, code_module="dh_code")
        except Exception as error:
            shutil.rmtree(place, ignore_errors=True)
            if example is None:
                raise
            warnings.append(f"Model '{name}' has no input example: {type(error).__name__}: {error}")
            spec = flavor.save(model, place, input_example=None, code_module="dh_code")
    document: OutputDocument = {
        "name": name,
        "entity": "model",
        "kind": "mlflow",
        "path": f"outputs/{name}/",
        "spec": dict(spec),
        "status": {"files": file_entries(place)},
    }
    return document, warnings


def _example(model: Any, frame: Any, name: str, warnings: list[str]) -> Any:
    """Five rows of the columns that the model was fitted on, if the run's table has them all."""
    if frame is None:
        return None
    try:
        features = getattr(model, "feature_names_in_", None)
        if features is not None and set(features) <= set(frame.columns):
            return frame[list(features)].head(5)
        if features is None and getattr(model, "n_features_in_", None) == frame.shape[1]:
            return frame.head(5)
    except Exception as error:  # noqa: BLE001  a stranger's attribute may raise anything
        warnings.append(f"Model '{name}' has no input example: {type(error).__name__}: {error}")
    return None
