"""Our flavors pass the shipped suite."""

from __future__ import annotations

from typing import Any

import pytest

from dh_kernel.flavors import flavor_of, on_mlflow
from dh_kernel.flavors.lightgbm import LightgbmFlavor
from dh_kernel.flavors.sklearn import SklearnFlavor
from dh_kernel.testing.flavors import FlavorSuite

pd = pytest.importorskip("pandas")


NO_TORCH = "torch is not installed: its wheels are gigabytes"


class OnTwoColumns(FlavorSuite):
    @pytest.fixture
    def frame(self) -> Any:
        return pd.DataFrame({"a": range(40), "b": [0.5, 1.5] * 20})


class TestSklearn(OnTwoColumns):
    @pytest.fixture
    def flavor(self) -> SklearnFlavor:
        return SklearnFlavor()

    @pytest.fixture
    def model(self, frame: Any) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression().fit(frame, [0, 1] * 20)


class TestLightgbm(OnTwoColumns):
    @pytest.fixture
    def flavor(self) -> LightgbmFlavor:
        return LightgbmFlavor()

    @pytest.fixture
    def model(self, frame: Any) -> Any:
        from lightgbm import LGBMClassifier

        return LGBMClassifier(n_estimators=3, verbose=-1).fit(frame, [0, 1] * 20)


class TestBooster(TestLightgbm):
    @pytest.fixture
    def model(self, frame: Any) -> Any:
        import lightgbm

        return lightgbm.train({"verbose": -1}, lightgbm.Dataset(frame, [0, 1] * 20), 3)


class TestXgboost(OnTwoColumns):
    @pytest.fixture
    def flavor(self) -> Any:
        return on_mlflow.xgboost()

    @pytest.fixture
    def model(self, frame: Any) -> Any:
        from xgboost import XGBClassifier

        return XGBClassifier(n_estimators=3).fit(frame, [0, 1] * 20)


class TestXgboostBooster(TestXgboost):
    @pytest.fixture
    def model(self, frame: Any) -> Any:
        import xgboost

        return xgboost.train({}, xgboost.DMatrix(frame, [0, 1] * 20), 3)

    def predict(self, model: Any, frame: Any) -> list[Any]:
        import xgboost

        return list(model.predict(xgboost.DMatrix(frame)))


class TestStatsmodels(OnTwoColumns):
    @pytest.fixture
    def flavor(self) -> Any:
        return on_mlflow.statsmodels()

    @pytest.fixture
    def model(self, frame: Any) -> Any:
        import statsmodels.api as sm

        return sm.OLS(frame.a * 2.0 + frame.b, frame).fit()


class TestOnnx(OnTwoColumns):
    @pytest.fixture
    def flavor(self) -> Any:
        return on_mlflow.onnx()

    @pytest.fixture
    def model(self) -> Any:
        from onnx import TensorProto, helper

        rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", 2])
        sums = helper.make_tensor_value_info("sums", TensorProto.FLOAT, [])
        node = helper.make_node("ReduceSum", ["rows"], ["sums"], keepdims=0)
        return helper.make_model(helper.make_graph([node], "sum", [rows], [sums]))

    def predict(self, model: Any, frame: Any) -> list[Any]:
        from onnx.reference import ReferenceEvaluator

        return [ReferenceEvaluator(model).run(None, {"rows": frame.to_numpy("float32")})[0].item()]


class TestTorch(OnTwoColumns):
    @pytest.fixture
    def flavor(self) -> Any:
        pytest.importorskip("torch", reason=NO_TORCH)
        return on_mlflow.pytorch()

    @pytest.fixture
    def model(self, flavor: Any) -> Any:
        import torch

        return torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))

    def predict(self, model: Any, frame: Any) -> list[Any]:
        import torch

        with torch.no_grad():
            return list(model(torch.as_tensor(frame.to_numpy("float32"))).flatten().tolist())


class TestKeras(OnTwoColumns):
    @pytest.fixture
    def flavor(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        pytest.importorskip("torch", reason=NO_TORCH)
        monkeypatch.setenv("KERAS_BACKEND", "torch")
        pytest.importorskip("keras", reason="keras is not installed")
        return on_mlflow.keras()

    @pytest.fixture
    def model(self, flavor: Any) -> Any:
        import keras

        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])

    def predict(self, model: Any, frame: Any) -> list[Any]:
        return list(model.predict(frame.to_numpy("float32"), verbose=0).flatten().tolist())


class TestCatboost(OnTwoColumns):
    @pytest.fixture
    def flavor(self) -> Any:
        pytest.importorskip("catboost", reason="catboost is not installed: its wheel has 100 MB")
        return on_mlflow.catboost()

    @pytest.fixture
    def model(self, frame: Any, flavor: Any) -> Any:
        from catboost import CatBoostClassifier

        return CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False).fit(frame, [0, 1] * 20)


def test_an_estimator_of_a_cell_that_mlflow_could_not_find_is_pickled(tmp_path: Any) -> None:
    from xgboost import XGBClassifier

    mine = type("Mine", (XGBClassifier,), {"__module__": "dh_code"})
    frame = pd.DataFrame({"a": range(4)})
    flavor = flavor_of(mine(n_estimators=1).fit(frame, [0, 1] * 2))
    assert flavor is not None
    assert flavor.name == "sklearn"


def test_each_row_is_found_by_its_models() -> None:
    import statsmodels.api as sm
    from onnx import ModelProto
    from xgboost import XGBRegressor

    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    models = [ModelProto(), sm.OLS(frame.a, frame).fit(), XGBRegressor(n_estimators=1).fit(frame, frame.a)]
    assert [getattr(flavor_of(model), "name", None) for model in models] == ["onnx", "statsmodels", "xgboost"]
    assert flavor_of(XGBRegressor()) is None


def test_an_estimator_that_is_not_fitted_is_no_model() -> None:
    from sklearn.linear_model import LogisticRegression

    assert flavor_of(LogisticRegression()) is None
    assert flavor_of({}) is None
