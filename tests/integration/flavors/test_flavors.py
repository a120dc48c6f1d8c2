"""Our flavors pass the shipped suite."""

from __future__ import annotations

from typing import Any

import pytest

from dh_kernel.flavors import flavor_of
from dh_kernel.flavors.lightgbm import LightgbmFlavor
from dh_kernel.flavors.sklearn import SklearnFlavor
from dh_kernel.testing.flavors import FlavorSuite

pd = pytest.importorskip("pandas")


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


def test_an_estimator_that_is_not_fitted_is_no_model() -> None:
    from sklearn.linear_model import LogisticRegression

    assert flavor_of(LogisticRegression()) is None
    assert flavor_of({}) is None
