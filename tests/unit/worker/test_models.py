"""A model is saved whatever becomes of its input example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from dh_kernel.flavors import flavor_of, load_model
from dh_kernel.saving.models import save_model

FRAME = pd.DataFrame({"a": range(10), "b": range(10), "y": [0, 1] * 5})
WHENCE = pd.DataFrame({"t": pd.date_range("2026-01-01", periods=10, tz="Europe/Rome")})


class Refuses(BaseEstimator):
    """Fitted, and its predict raises."""

    def fit(self, X: Any) -> Any:
        self.n_features_in_ = 3
        return self

    def predict(self, X: Any) -> Any:
        raise RuntimeError("not now")


class Constant(BaseEstimator):
    """Takes anything."""

    def fit(self, X: Any) -> Any:
        self.n_features_in_ = 1
        return self

    def predict(self, X: Any) -> Any:
        return [1] * len(X)


def saved(model: Any, folder: Path, frame: Any) -> tuple[Any, list[str]]:
    flavor = flavor_of(model)
    assert flavor
    return save_model(model, flavor, folder, "m", frame)


def test_the_example_lies_in_the_folder(tmp_path: Path) -> None:
    document, warnings = saved(LogisticRegression().fit(FRAME[["b", "a"]], FRAME.y), tmp_path, FRAME)
    assert not warnings
    assert "input_example.json" in [file["path"] for file in document["status"]["files"]]
    assert '"columns": ["b", "a"]' in (tmp_path / "outputs" / "m" / "input_example.json").read_text()


def test_a_predict_that_raises_is_a_warning(tmp_path: Path) -> None:
    document, warnings = saved(Refuses().fit(FRAME), tmp_path, FRAME)
    assert ["not now" in warning for warning in warnings] == [True]
    assert "signature" not in document["spec"]
    assert type(load_model(tmp_path / "outputs" / "m")).__name__ == "Refuses"


@pytest.mark.parametrize(
    "frame", [None, FRAME[["a"]], WHENCE, FRAME.astype("category")], ids=["none", "other", "zone", "categories"]
)
def test_no_table_fails_a_model(frame: Any, tmp_path: Path) -> None:
    document, _ = saved(Constant().fit(FRAME), tmp_path, frame)
    assert document["spec"]["algorithm"] == "Constant"
    assert (tmp_path / "outputs" / "m" / "MLmodel").exists()
