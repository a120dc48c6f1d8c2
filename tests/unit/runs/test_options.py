"""Who says something about a run's options, and who wins."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.runs.options import merge_options, no_profiles, options_of, within_limits, without_profile
from dh_jupyter.runs.retried import retried
from dh_kernel.errors import Invalid, NotFound

SMALL: Any = {
    "name": "small",
    "options": {"executor": "local", "resources": {"cpu": "2", "mem": "8Gi"}, "timeout": 600.0, "secrets": ["A"],
                "envs": [{"name": "MODE", "value": "small"}]},
    "limits": {"cpu": "4", "mem": "16Gi", "timeout": 3600.0, "disk": "10Gi"},
    "placement": {},
}  # fmt: skip
BIG: Any = {"name": "big", "options": {"resources": {"mem": "64Gi"}}, "limits": {}, "placement": {"queue": "night"}}


def test_a_profile_that_was_asked_for_by_its_gpus_is_kept_by_its_name() -> None:
    profile: Any = {"name": "big", "options": {}, "limits": {}, "placement": {"gpu_type": "nvidia-a100"}}
    asked = {"profile": "gpu:a100", "resources": {"gpu": "1"}}
    assert options_of({}, {}, asked, {"gpu:a100": profile}.__getitem__)["profile"] == "big"


def profile_of(name: str) -> Any:
    return {"small": SMALL, "big": BIG}[name]


@pytest.mark.parametrize(
    ("layers", "merged"),
    [
        ([{}], {}),
        ([{"timeout": 1}, {"timeout": 2}], {"timeout": 2}),
        ([{"timeout": 1}, {"timeout": None}], {"timeout": 1}),
        ([{"retries": 2}, {"retries": 0}], {"retries": 0}),
        ([{"resources": {"cpu": "1", "mem": "1Gi"}}, {"resources": {"mem": "2Gi"}}], {"resources": {"cpu": "1", "mem": "2Gi"}}),
        ([{"secrets": ["A", "B"]}, {"secrets": ["B", "C"]}], {"secrets": ["A", "B", "C"]}),
        ([{"envs": [{"name": "A", "value": "1"}]}, {"envs": [{"name": "A", "value": "2"}]}], {"envs": [{"name": "A", "value": "2"}]}),
        ([{"unknown": 1}], {}),
    ],
)  # fmt: skip
def test_the_later_layer_wins(layers: list[Any], merged: Any) -> None:
    assert merge_options(*layers) == merged


@pytest.mark.parametrize(
    ("registered", "task", "own", "found"),
    [
        ({"resources": {"mem": "1Gi", "gpu": "0"}, "retries": 1}, {}, {"profile": "small"},
         {"executor": "local", "profile": "small", "resources": {"cpu": "2", "mem": "8Gi", "gpu": "0", "disk": "10Gi"},
          "timeout": 600.0, "retries": 1, "secrets": ["A"], "envs": SMALL["options"]["envs"]}),
        ({"profile": "small"}, {"profile": "small"}, {"profile": "big"},
         {"profile": "big", "resources": {"mem": "64Gi"}, "placement": {"queue": "night"}}),
        ({"profile": "small"}, {}, {"profile": ""}, {"profile": ""}),
        ({}, {"resources": {"cpu": "3"}}, {}, {"resources": {"cpu": "3"}}),
        ({}, {}, {"profile": "big", "resources": {"mem": "1Gi"}, "executor": "local"},
         {"profile": "big", "executor": "local", "resources": {"mem": "1Gi"}, "placement": {"queue": "night"}}),
    ],
)  # fmt: skip
def test_registered_then_task_then_profile_then_own(registered: Any, task: Any, own: Any, found: Any) -> None:
    assert options_of(registered, task, own, profile_of) == found


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"resources": {"mem": "64Gi"}}, "--memory 64Gi is more than profile 'small' allows: 16Gi."),
        ({"resources": {"mem": "17179869185"}}, "--memory 17179869185 is more than profile 'small' allows: 16Gi."),
        ({"resources": {"cpu": "4001m"}}, "--cpu 4001m is more than profile 'small' allows: 4."),
        ({"resources": {"disk": "11Gi"}}, "--disk 11Gi is more than profile 'small' allows: 10Gi."),
        ({"timeout": 7200.0}, "--timeout 2:00:00 is more than profile 'small' allows: 1:00:00."),
    ],
)  # fmt: skip
def test_more_than_the_limit_is_refused_with_the_limit(asked: Any, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        options_of({}, {}, {"profile": "small", **asked}, profile_of)
    assert caught.value.message == says


def test_what_is_equal_to_the_limit_is_not() -> None:
    asked = {"resources": {"mem": "16384Mi", "cpu": "4", "disk": "1Gi"}, "timeout": 3600.0}
    assert within_limits(asked, SMALL) == asked


def test_no_limit_asked_means_the_profiles() -> None:
    assert within_limits({}, SMALL) == {"resources": {"mem": "16Gi", "disk": "10Gi"}, "timeout": 3600.0}


def test_without_profiles_none_is_known() -> None:
    with pytest.raises(NotFound, match="There is no profile 'x'"):
        options_of({}, {}, {"profile": "x"}, no_profiles)


def test_another_profile_takes_the_place_of_the_old_one() -> None:
    merged = options_of(
        {}, {}, {"profile": "small", "resources": {"gpu": "1"}, "secrets": ["B"], "retries": 1}, profile_of
    )
    own = {"resources": {"gpu": "1"}, "secrets": ["B"], "retries": 1}
    assert without_profile(merged, SMALL) == own
    old: Any = {
        "kind": "python+job:run",
        "key": "k",
        "metadata": {},
        "spec": {"function": "f", "parameters": {"a": 1}, **merged},
    }
    again = retried(old, {"profile": "big"}, profile_of)["spec"]
    assert again == {"function": "f", "parameters": {"a": 1}, "inputs": {}, "profile": "big", "retry_of": "k", **own}
    same = retried(old, {"resources": {"mem": "9Gi"}, "parameters": {"b": 2}}, profile_of)["spec"]
    assert same["resources"] == {**merged["resources"], "mem": "9Gi"}
    assert (same["profile"], same["parameters"]) == ("small", {"a": 1, "b": 2})
