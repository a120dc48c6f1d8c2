"""LightGBM: boosters and its estimators in scikit-learn's style."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .saved import model_spec, quiet, requirements, signature_of

if TYPE_CHECKING:
    from .._contract import ModelSpec


class LightgbmFlavor:
    """On mlflow.lightgbm; a Booster as text, estimators by cloudpickle."""

    name = "lightgbm"

    def accepts(self, model: Any) -> bool:
        """A Booster, or a fitted estimator."""
        import lightgbm

        if isinstance(model, lightgbm.Booster):
            return True
        return isinstance(model, lightgbm.LGBMModel) and bool(model.__sklearn_is_fitted__())

    def save(self, model: Any, folder: Path, *, input_example: Any = None, code_module: str = "") -> ModelSpec:
        """See Flavor."""
        import mlflow.lightgbm

        with quiet():
            signature = signature_of(model, input_example)
            mlflow.lightgbm.save_model(
                model,
                str(folder),
                serialization_format="cloudpickle",
                signature=signature if signature is not None else False,
                input_example=input_example,
                pip_requirements=requirements("mlflow", "lightgbm", "scikit-learn", "cloudpickle", "pandas"),
            )
        return model_spec(model, self.name, signature)

    def load(self, folder: Path) -> Any:
        """See Flavor."""
        import mlflow.lightgbm

        with quiet():
            return mlflow.lightgbm.load_model(str(folder))
