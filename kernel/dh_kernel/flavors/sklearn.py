"""scikit-learn: estimators and pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .saved import model_spec, quiet, requirements, signature_of

if TYPE_CHECKING:
    from .._contract import ModelSpec


class SklearnFlavor:
    """On mlflow.sklearn, serialized by cloudpickle."""

    name = "sklearn"

    def accepts(self, model: Any) -> bool:
        """A fitted estimator."""
        from sklearn.base import BaseEstimator
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted

        if not isinstance(model, BaseEstimator):
            return False
        try:
            check_is_fitted(model)
        except (NotFittedError, TypeError):
            return False
        return True

    def save(self, model: Any, folder: Path, *, input_example: Any = None, code_module: str = "") -> ModelSpec:
        """See Flavor."""
        import mlflow.sklearn

        with quiet():
            signature = signature_of(model, input_example) if hasattr(model, "predict") else None
            mlflow.sklearn.save_model(
                model,
                str(folder),
                serialization_format="cloudpickle",
                signature=signature if signature is not None else False,
                input_example=input_example,
                pip_requirements=requirements("mlflow", "scikit-learn", "cloudpickle", "pandas"),
            )
        return model_spec(model, self.name, signature)

    def load(self, folder: Path) -> Any:
        """See Flavor."""
        import mlflow.sklearn

        with quiet():
            return mlflow.sklearn.load_model(str(folder))
