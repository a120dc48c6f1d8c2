"""FlavorSuite: what a flavor must do. Subclass it, and define the fixtures `flavor`, `model`, `frame` and `predict`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..flavors import flavors_in


class FlavorSuite:
    """The interface is dh_kernel/flavors/base.py. `predict(model, frame)` may be overridden."""

    @pytest.fixture
    def flavor(self) -> Any:
        """The flavor."""
        raise NotImplementedError("Define the fixture flavor in the subclass.")

    @pytest.fixture
    def model(self) -> Any:
        """A fitted model of the framework."""
        raise NotImplementedError("Define the fixture model in the subclass.")

    @pytest.fixture
    def frame(self) -> Any:
        """A pandas DataFrame that the model predicts on."""
        raise NotImplementedError("Define the fixture frame in the subclass.")

    def predict(self, model: Any, frame: Any) -> list[Any]:
        """The predictions, as a list."""
        return list(model.predict(frame))

    def test_it_accepts_its_models_only(self, flavor: Any, model: Any) -> None:
        assert flavor.accepts(model)
        assert not flavor.accepts(object())

    def test_a_loaded_model_predicts_the_same(self, flavor: Any, model: Any, frame: Any, tmp_path: Path) -> None:
        flavor.save(model, tmp_path / "m", input_example=frame.head(2), code_module="")
        loaded = flavor.load(tmp_path / "m")
        assert type(loaded) is type(model)
        assert self.predict(loaded, frame) == self.predict(model, frame)

    def test_it_writes_an_mlflow_model(self, flavor: Any, model: Any, tmp_path: Path) -> None:
        flavor.save(model, tmp_path / "m", input_example=None, code_module="")
        assert flavor.name in flavors_in(tmp_path / "m")

    def test_its_spec_is_json(self, flavor: Any, model: Any, frame: Any, tmp_path: Path) -> None:
        spec = flavor.save(model, tmp_path / "m", input_example=frame.head(2), code_module="")
        json.dumps(spec, allow_nan=False)
        assert spec["flavor"] == flavor.name
        assert spec["framework"]
        assert spec["algorithm"] == type(model).__name__
