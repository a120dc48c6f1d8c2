"""Profiles with the GPUs that are free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.runs.offers import Offers
from dh_jupyter.runs.profiles import Profiles
from dh_jupyter.validation import check_shape
from dh_kernel.errors import NotFound, Unavailable

FILE = """
profiles:
  small: {resources: {cpu: 1}, executor: cloud}
  big: {resources: {gpu: 2}, executor: cloud, gpu_type: nvidia-a100}
  allowed: {limits: {gpu: 1}, executor: cloud}
  away: {resources: {gpu: 1}, executor: away}
  here: {resources: {gpu: 1}}
"""


class Cloud:
    """Tells what it was asked."""

    def gpus_free(self, placement: dict[str, Any]) -> str:
        return f"1 of 4 free of {placement.get('gpu_type', 'any')}"


class Away:
    """Finds no cluster."""

    def gpus_free(self, placement: dict[str, Any]) -> str:
        raise Unavailable("There is no kubeconfig.")


@pytest.fixture
def offers(tmp_path: Path) -> Offers:
    (tmp_path / "profiles.yaml").write_text(FILE)
    executors: dict[str, Any] = {"cloud": Cloud(), "away": Away(), "local": object()}
    return Offers(Profiles(tmp_path / "profiles.yaml"), executors.__getitem__)


def test_each_with_gpus_says_how_many_are_free_or_why_that_is_not_known(offers: Offers) -> None:
    found = offers.all(gpus=True)
    assert {one["name"]: one.get("gpus", "") for one in found} == {
        "small": "",
        "big": "1 of 4 free of nvidia-a100",
        "allowed": "1 of 4 free of any",
        "away": "unknown, because there is no kubeconfig.",
        "here": "",
    }
    for one in found:
        check_shape("Profile", one)


def test_nobody_is_asked_who_need_not_be(offers: Offers) -> None:
    assert not [one for one in offers.all() if "gpus" in one]
    assert "gpus" not in offers.get("big")
    assert offers.get("big", gpus=True)["gpus"] == "1 of 4 free of nvidia-a100"
    with pytest.raises(NotFound):
        offers.get("bog")
