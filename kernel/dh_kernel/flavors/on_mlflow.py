"""Frameworks that MLflow knows: one row for each says what is a model, and how MLflow is to be called.

A row's function is its entry point. A class of the user's own is left to a flavor that pickles, by a base further up, where
MLflow would look the class up by its name.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from .saved import model_spec, quiet, requirements, signature_of

if TYPE_CHECKING:
    from .._contract import ModelSpec


def _no_signature(model: Any, example: Any) -> Any:
    return None


@dataclass(frozen=True)
class MlflowFlavor:
    """A flavor by its row. `packages` are pinned as far as they are installed."""

    name: str
    packages: Sequence[str]
    is_model: Callable[[Any], bool]
    signature: Callable[[Any, Any], Any] = _no_signature
    save_options: Callable[[], dict[str, Any]] = dict
    load_options: Callable[[], dict[str, Any]] = dict
    framework: str = ""
    unsigned: Any = False  # MLflow is not to infer one itself
    keeps_example: bool = True

    def accepts(self, model: Any) -> bool:
        """See Flavor."""
        try:
            return bool(self.is_model(model))
        except Exception:  # noqa: BLE001  a stranger's attribute may raise anything
            return False

    def save(self, model: Any, folder: Path, *, input_example: Any = None, code_module: str = "") -> ModelSpec:
        """See Flavor."""
        with quiet():
            signature = None if input_example is None else self.signature(model, input_example)
            self._mlflow().save_model(
                model,
                str(folder),
                signature=self.unsigned if signature is None else signature,
                input_example=input_example if self.keeps_example else None,
                pip_requirements=requirements("mlflow", *self.packages),
                **self.save_options(),
            )
        spec = model_spec(model, self.name, signature)
        return {**spec, "framework": self.framework or self.name}

    def load(self, folder: Path) -> Any:
        """See Flavor."""
        with quiet():
            return self._mlflow().load_model(str(folder), **self.load_options())

    def _mlflow(self) -> Any:
        return importlib.import_module(f"mlflow.{self.name}")


def xgboost() -> MlflowFlavor:
    """Boosters and estimators, in XGBoost's own format."""
    return MlflowFlavor(
        "xgboost", ("xgboost", "xgboost-cpu", "scikit-learn", "pandas"), _is_xgboost, _xgboost_signature
    )


def _is_xgboost(model: Any) -> bool:
    import xgboost

    if not type(model).__module__.startswith("xgboost."):
        return False
    return isinstance(model, xgboost.Booster) or bool(model.__sklearn_is_fitted__())


def _xgboost_signature(model: Any, example: Any) -> Any:
    import xgboost

    if not isinstance(model, xgboost.Booster):
        return signature_of(model, example)
    from mlflow.models import infer_signature

    return infer_signature(example, model.predict(xgboost.DMatrix(example)))


def pytorch() -> MlflowFlavor:
    """Modules, by cloudpickle: their classes come along. Loaded to the CPU where there is no GPU."""
    return MlflowFlavor(
        "pytorch",
        ("torch", "cloudpickle"),
        _is_module,
        _torch_signature,
        save_options=lambda: {"serialization_format": "pickle"},
        load_options=_torch_device,
        framework="torch",
    )


def _is_module(model: Any) -> bool:
    import torch

    return isinstance(model, torch.nn.Module)


def _torch_signature(model: Any, example: Any) -> Any:
    import torch
    from mlflow.models import infer_signature

    training = model.training
    device = next((one.device for one in model.parameters()), "cpu")
    rows = example.to_numpy("float32")
    model.eval()
    try:
        with torch.no_grad():
            answer = model(torch.as_tensor(rows, device=device))
    finally:
        model.train(training)
    return infer_signature(rows, answer.cpu().numpy())


def _torch_device() -> dict[str, Any]:
    import torch

    return {} if torch.cuda.is_available() else {"map_location": "cpu"}


def statsmodels() -> MlflowFlavor:
    """Fitted results."""
    return MlflowFlavor("statsmodels", ("statsmodels", "pandas"), _is_statsmodels, signature_of)


def _is_statsmodels(model: Any) -> bool:
    from statsmodels.base.model import Results
    from statsmodels.base.wrapper import ResultsWrapper

    return isinstance(model, (Results, ResultsWrapper))


def onnx() -> MlflowFlavor:
    """Graphs; MLflow needs onnxruntime even to save one, and without it they are pickled."""
    return MlflowFlavor("onnx", ("onnx", "onnxruntime"), _is_onnx)


def _is_onnx(model: Any) -> bool:
    import onnx

    return isinstance(model, onnx.ModelProto) and importlib.util.find_spec("onnxruntime") is not None


def keras() -> MlflowFlavor:
    """Built models of Keras 3, in its own format."""
    packages = ("keras", "tensorflow", "torch", "jax")
    return MlflowFlavor("keras", packages, _is_keras, _keras_signature, unsigned=None, keeps_example=False)


def _is_keras(model: Any) -> bool:
    import keras

    return isinstance(model, keras.Model) and bool(model.built)


def _keras_signature(model: Any, example: Any) -> Any:
    from mlflow.models import infer_signature

    rows = example.to_numpy("float32")
    return infer_signature(rows, model.predict(rows, verbose=0))


def catboost() -> MlflowFlavor:
    """CatBoost and its estimators, in its own format."""
    return MlflowFlavor("catboost", ("catboost", "pandas"), _is_catboost, signature_of)


def _is_catboost(model: Any) -> bool:
    return type(model).__module__.startswith("catboost.") and bool(model.is_fitted())
