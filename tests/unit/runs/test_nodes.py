"""Several machines: asked for on the way from options to executors, and refused where there is one."""

from __future__ import annotations

import pytest

from dh_jupyter.runs.checks import check_can_be_met
from dh_jupyter.runs.options import merge_options, no_profiles
from dh_jupyter.secrets.values import SecretValues
from dh_kernel.errors import Invalid
from dh_kernel.options import run_options, shown_options


class OneMachine:
    name = "local"

    def check(self, resources: object, python: str = "") -> None:
        """All."""


class Cluster(OneMachine):
    spans_nodes = True


def checked(nodes: int, executor: OneMachine) -> None:
    spec = {"nodes": nodes}
    check_can_be_met("demo", spec, lambda name: executor, SecretValues, no_profiles)  # type: ignore[arg-type,return-value]


def test_one_machine_does_not_become_four() -> None:
    with pytest.raises(Invalid, match="4 machines were asked for; the executor 'local' has one") as caught:
        checked(4, OneMachine())
    assert "--on kubernetes" in caught.value.hint
    checked(1, OneMachine())
    checked(4, Cluster())


def test_it_is_an_option_like_others() -> None:
    asked = run_options({"nodes": "4"})
    assert asked == {"nodes": 4}
    assert merge_options({"nodes": 2}, {}, asked) == {"nodes": 4}
    assert shown_options(asked) == ["--nodes 4"]
