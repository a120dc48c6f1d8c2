"""A sweep in a real notebook, from its line to its end, with everything that a person can ask of it meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.fixtures.kernel import Kernel
from tests.fixtures.server import BrokerProcess

HELD = """
%%dh function
def held(x: float, folder: str):
    open(f"{folder}/came", "w").close()  # until somebody looks
    open(f"{folder}/go").close()  # until somebody lets it
    return {"auc": x, "seconds": x}
"""


@pytest.fixture(scope="module")
def kernel(shared_broker: BrokerProcess) -> Iterator[Kernel]:
    found = Kernel(shared_broker)
    try:
        assert not found.run("%load_ext dh_kernel\nimport dh_kernel as dh, os").error
        yield found
    finally:
        found.close()


def said(kernel: Kernel, cell: str) -> str:
    answer = kernel.run(cell)
    assert not answer.error, answer.error
    return answer.text


def test_a_sweep_and_all_that_is_asked_of_it(kernel: Kernel) -> None:
    said(kernel, HELD)
    said(kernel, "folder = os.getcwd()\nfor name in ('came', 'go'): os.mkfifo(name)")
    said(kernel, "s = %dh sweep held x=0..4 folder=$folder --maximize auc --trials 2 --workers 1\nopen('came').close()")
    said(kernel, "s.stop_trial(0); open('came').close()  # the next one has begun")
    assert "True running\n" in said(kernel, "print(dh.sweep(s.name).id == s.id, s.state)")
    assert said(kernel, "%dh sweep held-1 --stop-trial 0").startswith("held-1 · running")
    said(kernel, "s.pause().enqueue(x=3.5)")
    assert "paused · 1 of 3 trials" in said(kernel, "%dh sweep held-1 --trials +1")
    said(kernel, "open('go', 'w').close(); s.resume(); open('came').close(); open('go', 'w').close(); s.wait()")
    end = said(kernel, "print(s)")
    assert "succeeded · 3 of 3 trials · 2 finished, 1 failed" in end
    assert "3 trials." not in end, "the counts say it"
    assert "3.5 Stopped." in said(kernel, "print(s.trial(2).parameters['x'], s.trial(0).message)")


SCORE = """
%%dh function
def score(x: float):
    return {"auc": x, "seconds": x}
"""


def test_one_begins_with_another_and_its_study_keeps_the_constraint(kernel: Kernel) -> None:
    said(kernel, SCORE)
    said(kernel, "first = %dh sweep score x={1.0,2.0,3.0} --maximize auc --sampler grid\nfirst.wait()")
    line = "next = %dh sweep score x=0..4 --maximize auc --trials 2 --constraint 'seconds <= 2' --warm-start $first"
    said(kernel, f"{line}\nnext.wait()")
    assert "True\n" in said(kernel, "print(next.entity['spec']['sweep']['warm_start'] == [first.key])")
    line = "kept = %dh sweep score x={1.0,2.0,3.0} --maximize auc --sampler grid --constraint 'seconds <= 2'"
    said(kernel, f"{line}\nkept.wait()")
    assert "2.0 2.0 True" in said(
        kernel,
        "best = kept.study.best_trial; print(kept.best.value, best.value, best.datetime_complete >= best.datetime_start)",
    )


def test_a_kernel_that_is_killed_costs_its_sweep_nothing(kernel: Kernel, shared_broker: BrokerProcess) -> None:
    """Another one finds it by name, with all that was tried meanwhile."""
    first = Kernel(shared_broker)
    try:
        said(first, "%load_ext dh_kernel\nimport dh_kernel as dh, os")
        said(first, HELD.replace("held", "watched"))
        said(
            first,
            "folder = os.getcwd() + '/watched'\nos.mkdir(folder)\nfor one in ('came', 'go'): os.mkfifo(f'{folder}/{one}')",
        )
        line = "%dh sweep watched x={1.0,2.0,3.0} folder=$folder --maximize auc --sampler grid --workers 1"
        said(first, f"s = {line}\nopen(f'{{folder}}/came').close()")
        os.kill(first.manager.provisioner.pid, signal.SIGKILL)
    finally:
        first.close()
    folder = shared_broker.home / "watched"
    for _ in range(2):
        (folder / "go").open("w").close()
        (folder / "came").open().close()
    (folder / "go").open("w").close()
    end = said(kernel, "s = dh.sweep('watched-1'); s.wait(); print(s, s.best.value, list(s.trials.x))")
    assert "succeeded · 3 of 3 trials · 3 finished" in end
    assert end.strip().endswith("3.0 [1.0, 2.0, 3.0]")
