"""`%dh` in a real kernel: what a person types, and what the saved notebook holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.fixtures.small_broker import SmallBroker, small_broker

CARD = "application/vnd.dh.run.v1+json"


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallBroker]:
    with small_broker(str(tmp_path / "store")) as (broker, url):
        monkeypatch.setenv("DH_SERVER_URL", url)
        monkeypatch.setenv("DH_TOKEN", broker.token)
        monkeypatch.setenv("DH_HOME", str(tmp_path))
        broker.register("train", {"lr": {"type": "number"}, "note": {"type": "string"}})
        broker.when_followed = {"state": "COMPLETED", "value": {"json": 7}, "results": {"auc": 0.91}}
        yield broker


def execute(*cells: str, stop_at_errors: bool = True) -> list[Any]:
    """Outputs of the cells of a notebook, as they are saved."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in ("%load_ext dh_kernel", *cells)]
    )
    NotebookClient(notebook, timeout=60, allow_errors=not stop_at_errors).execute()
    return [cell.outputs for cell in notebook.cells[1:]]


def text_of(outputs: list[Any]) -> str:
    """All the text of a cell's outputs."""
    return "".join(one.get("text", "") or one.get("data", {}).get("text/plain", "") for one in outputs)


def test_a_run_shows_one_card_and_ends_in_it(broker: SmallBroker) -> None:
    started, value, waited, again = execute(
        "r = %dh run train lr=0.05", "%dh run train lr=0.1", "r.wait()\nr.state, r.result", "r"
    )
    assert [list(one.data) for one in started] == [["text/plain", "text/html", CARD]]
    assert len(value) == 1, "the card is not shown again as the cell's value"
    assert text_of(started).startswith("train-1 · succeeded"), "the end was written into the card"
    assert waited[-1].data["text/plain"] == "('succeeded', 7)"
    assert text_of(again).startswith("train-1 · succeeded")
    assert broker.sent("POST", "/runs")[0]["spec"]["parameters"] == {"lr": 0.05}


def test_wait_blocks_and_a_variable_is_passed(broker: SmallBroker) -> None:
    outputs = execute(
        "rate = 0.5\ntext = 'so far'", "r = %dh run train lr=$rate note=$text --wait --memory 8Gi\nr.state"
    )[1]
    assert outputs[-1].data["text/plain"] == "'succeeded'"
    spec = broker.sent("POST", "/runs")[0]["spec"]
    assert (spec["parameters"], spec["resources"]) == ({"lr": 0.5, "note": "so far"}, {"mem": "8Gi"})


@pytest.mark.parametrize(
    ("line", "block"),
    [
        ("%dh rnu train", "There is no verb 'rnu'.\nDid you mean 'run'? %dh alone lists them."),
        ("%dh run train --memry 8Gi", "There is no option '--memry'.\nDid you mean '--memory'?"),
        ("%dh run train lrr=1", "train: no parameter 'lrr'. Did you mean 'lr'?"),
        (
            "%dh function 9bad",
            "'9bad' can't be the name of a function.\nA name has letters, digits and _, and begins with no digit.",
        ),
        ("%dh run trian", "There is no function/trian.\nDid you mean 'train'?"),
        (
            "%dh sweep train",
            "Nothing is varied.\nGive a range (lr=1e-5..1e-1:log, leaves=8..64) or choices (opt={adam,sgd}).",
        ),
        ("import dh_kernel as dh\ndh.run('trian')", "There is no function/trian.\nDid you mean 'train'?"),
    ],
)
def test_an_error_is_one_block_and_stops_run_all(broker: SmallBroker, line: str, block: str) -> None:
    outputs = execute(line, stop_at_errors=False)[0]
    assert [one.output_type for one in outputs] == ["error"]
    plain = "\n".join(outputs[0].traceback).replace("\x1b[1;31m", "").replace("\x1b[0m", "")
    assert plain == block
    with pytest.raises(CellExecutionError):
        execute(line)


def test_help_takes_the_question_mark(broker: SmallBroker) -> None:
    everything, asked, told, none, *others = execute(
        "%dh", "%dh run?", "%dh run --help", "x = 'a\\n%dh run?'\nlen(x)", "%dh help", "%dh -h", "%dh help run"
    )
    assert [text_of(each) for each in others] == [text_of(everything)] * 2 + [text_of(asked)]
    assert "publish" in text_of(everything)
    assert "workflow" in text_of(everything).splitlines()[-2]
    assert text_of(asked) == text_of(told)
    assert text_of(told).startswith("%dh run FUNCTION [name=value …] [options]")
    assert none[0].data["text/plain"] == "10"


def test_catalogue_verbs(broker: SmallBroker) -> None:
    runs, found, nothing, details, log, doctor, project = execute(
        "%dh run train\n%dh ls run", "%dh ls trai", "%dh ls model", "%dh show function/train",
        "text = %dh logs train-1\n%dh logs train-1 --follow\ntype(text)", "%dh doctor", "%dh project other",
    )  # fmt: skip
    assert "run/train-1" in text_of(runs)
    assert "function/train@1" in text_of(found)
    assert text_of(nothing) == "Nothing found."
    assert "train(lr, note)" in text_of(details)
    assert "HelpText" in text_of(log) or "str" in text_of(log)
    assert "executor local" in text_of(doctor)
    assert "All is well." in text_of(doctor)
    assert text_of(project) == "project other"
    assert broker.projects == {"default", "other"}


def test_a_form_and_a_list_in_a_kernel(broker: SmallBroker) -> None:
    broker.when_waited_for = lambda run: {"state": "COMPLETED", "value": {"json": run["spec"]["parameters"]["lr"]}}
    shown, started, view, mapped = execute(
        "form = %dh form train\nform",
        "form.controls['lr'].typed.value = '0.5'\nform.button.click()\n"
        "view = form.children[-1].children[0]\nview.done.wait(30), form.value, 'Succeeded' in view.card.value",
        "%dh form run/train-1",
        "import dh_kernel as dh\ndh.function('train').map([1, 2])",
    )
    assert "application/vnd.jupyter.widget-view+json" in shown[0].data
    assert text_of(started) == "(True, {'lr': 0.5}, True)"
    assert "application/vnd.jupyter.widget-view+json" in view[0].data
    assert [one.data["text/plain"] for one in mapped] == ["train · 2 of 2 ended", "[1, 2]"]


def test_a_failing_cell_of_a_function_fails_once(broker: SmallBroker) -> None:
    outputs = execute("%%dh function bad\ndef bad():\n    pass\n1 / 0", stop_at_errors=False)[0]
    assert [(one.output_type, one.ename) for one in outputs] == [("error", "ZeroDivisionError")]
    assert not any("run_cell_magic" in line for line in outputs[0].traceback)
    assert broker.sent("POST", "/functions") == []


def test_no_broker_is_said_plainly(broker: SmallBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DH_SERVER_URL", "http://127.0.0.1:9")
    outputs = execute("%dh ls", "%dh doctor", stop_at_errors=False)
    assert "does not answer" in outputs[0][0].traceback[0]
    assert "BAD" in text_of(outputs[1])


def test_loading_is_cheap() -> None:
    """Nothing but the standard library and IPython is imported, and none of its heavy parts."""
    import subprocess
    import sys

    script = (
        "from IPython.core.interactiveshell import InteractiveShell as S; import sys; s = S(); before = set(sys.modules)\n"
        "s.run_line_magic('load_ext', 'dh_kernel'); print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert all(name.startswith(("dh_kernel", "IPython")) for name in loaded)
    assert len(loaded) <= 6
