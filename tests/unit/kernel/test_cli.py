"""`dh` in a shell, against a broker of a few routes: words, forms of output, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.arguments import Ref
from dh_kernel.broker import Address, routes_url
from dh_kernel.cli import main
from dh_kernel.cli.completion import complete, script
from dh_kernel.cli.progress import headline
from dh_kernel.errors import Invalid
from dh_kernel.magics.parse import Option, parse_words, shell_value
from dh_kernel.magics.verbs import VERBS
from dh_kernel.session import Session, set_session
from tests.fixtures.small_broker import SmallBroker, small_broker

FAILED = {"state": "ERROR", "diagnosis": {"code": "user_exception", "summary": "ValueError: no luck", "cure": "%dh ls"}}


@pytest.fixture(autouse=True)
def broker(tmp_path: Path) -> Iterator[SmallBroker]:
    with small_broker(str(tmp_path)) as (broker, url):
        broker.register("train", {"lr": {}, "note": {"type": "string"}})
        broker.when_followed = {"state": "COMPLETED", "results": {"auc": 0.91}}
        set_session(Session(lambda: Address(routes_url(url), "token-1"), project="default"))
        yield broker
        set_session(None)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("0.05", 0.05),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ('"7"', "7"),
        ("so far", "so far"),
        ("'quoted'", "'quoted'"),
        ("it's", "it's"),
        ("$5", "$5"),
        ("", ""),
        ("dataset/flights@3", Ref("dataset/flights@3")),
        ('"dataset/flights"', "dataset/flights"),
    ],
)
def test_a_word_of_a_shell(word: str, value: Any) -> None:
    found = shell_value(word)
    assert found == value
    assert type(found) is type(value)


def test_words_are_taken_as_the_shell_split_them() -> None:
    options = (Option("follow", short="f"), Option("note", '"why"'), Option("env", "A=b", many=True))
    command = parse_words(["a b", "note=x [y", "empty=", "-f", "--note", "'why'", "--env=A=b c"], options)
    assert command.values == ["a b"]
    assert command.assigned == {"note": "x [y", "empty": ""}
    assert command.options == {"follow": True, "note": "'why'", "env": ["A=b c"]}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("rnu train", 2, "There is no verb 'rnu'.\nDid you mean 'run'? dh alone lists them."),
        ("serve model/churn", 2, "dh serve is not there yet.\nLoad it here"),
        ("run trian", 2, "There is no function/trian.\nDid you mean 'train'?"),
        ("run train lrr=1", 2, "train: no parameter 'lrr'. Did you mean 'lr'?"),
        ("run train lr=$df", 2, "'$df' is a variable of a notebook; a shell has none of these."),
        ("run train --memry 8Gi", 2, "There is no option '--memry'.\nDid you mean '--memory'?"),
        ("logs train-1 -x", 2, "There is no option '-x'."),
        ("logs", 2, "dh logs: A word is missing.\nIt is dh logs RUN"),
        ("function", 2, "dh function: the file is missing."),
        ("function train", 2, "'train' is not FILE.py:NAME."),
        ("function none.py:train", 2, "There is no file 'none.py'"),
        ("completion fish", 2, "There is no completion for 'fish'."),
    ],
)
def test_bad_input_is_refused_on_stderr(
    words: str, code: int, said: str, capsys: pytest.CaptureFixture[str], broker: SmallBroker
) -> None:
    assert main(words.split()) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert "%dh" not in err
    assert not broker.entities["run"]


def test_a_run_waited_for(broker: SmallBroker, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "train", "lr=0.05", "note=so far", "--memory", "8Gi", "--wait"]) == 0
    out, err = capsys.readouterr()
    assert out == "train-1 · succeeded\n  function/train · lr=0.05, note=so far\n  results: auc = 0.91\n"
    assert err == "train-1 · queued\ntrain-1 · succeeded\n"
    spec = broker.sent("POST", "/runs")[0]["spec"]
    assert (spec["parameters"], spec["resources"]) == ({"lr": 0.05, "note": "so far"}, {"mem": "8Gi"})
    broker.when_followed = FAILED
    assert main(["run", "train", "--wait"]) == 1
    assert "ValueError: no luck\n  dh ls" in capsys.readouterr().out
    assert main(["retry", "train-2"]) == 0
    assert main(["stop", "train-3"]) == 0


def test_the_machine_form(broker: SmallBroker, capsys: pytest.CaptureFixture[str]) -> None:
    def asked(*words: str) -> Any:
        assert main([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    run = asked("run", "train", "--wait")
    assert (run["kind"], run["status"]["state"]) == ("python+job:run", "COMPLETED")
    listed = asked("ls", "run")
    assert [one["id"] for one in listed["content"]] == [run["id"]]
    assert listed["totalElements"] == 1
    assert asked("show", "function/train")["name"] == "train"
    assert asked("doctor")[0] == {"what": "kernel", "is": "well", "detail": asked("doctor")[0]["detail"]}
    broker.logs[run["id"]] = "one\ntwo %dh x\n"
    assert asked("logs", "train-1") == {"log": "one\ntwo %dh x\n"}
    assert main(["logs", "train-1", "-f", "--json"]) == 0
    assert [json.loads(line)["line"] for line in capsys.readouterr().out.splitlines()] == ["one", "two %dh x"]
    assert main(["logs", "train-1", "--follow"]) == 0
    assert capsys.readouterr().out == "one\ntwo %dh x\n"


def test_another_project_and_no_broker(broker: SmallBroker, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ls", "--project", "other"]) == 0
    assert broker.projects == {"other"}
    set_session(Session(lambda: Address("http://127.0.0.1:9/dh", "token-1"), project="default"))
    assert main(["ls"]) == 3
    assert "does not answer" in capsys.readouterr().err
    assert main(["doctor"]) == 1
    assert "BAD" in capsys.readouterr().out


@pytest.mark.parametrize("name", [verb.name for verb in VERBS.values() if not verb.later])
def test_help_speaks_a_shells_words(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"dh {name}")
    assert "%" not in text
    assert main(["help", name]) == 0
    assert capsys.readouterr().out == text
    assert main(["--help"]) == 0
    assert f"  {name}" in capsys.readouterr().out or VERBS[name].notebook_only


def test_a_function_of_a_file(
    broker: SmallBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "shell_file.py").write_text("RATE = 2\n\ndef double(x: int):\n    return x * RATE\n")
    assert main(["function", "shell_file.py:double", "--label", "a,b"]) == 0
    assert capsys.readouterr().out.startswith("function/double@1")
    sent = broker.sent("POST", "/functions")[-1]
    assert (sent["name"], sent["metadata"]["labels"]) == ("double", ["a", "b"])
    (tmp_path / "broken_file.py").write_text("def f():\n    pass\n\n1 / 0\n")
    assert main(["function", "broken_file.py"]) == 2
    said = capsys.readouterr().err
    assert "broken_file.py can't be imported: ZeroDivisionError" in said
    assert "1 / 0" in said
    assert "dh_kernel" not in said
    assert main(["function", "shell_file.py:duoble"]) == 2
    assert "Did you mean 'double'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("dh ru", ["run"]),
        ("dh run tr", ["train"]),
        ("dh run train l", ["lr="]),
        ("dh run train lr=da", ["lr=dataset/"]),
        ("dh show function/tr", ["function/train@1"]),
        ("dh logs x --fol", ["--follow"]),
    ],
)
def test_tab_in_a_shell(line: str, found: list[str]) -> None:
    assert complete(line) == found


def test_completion_scripts() -> None:
    assert "complete -F" in script("bash")
    assert "compdef" in script("zsh")
    with pytest.raises(Invalid):
        script("")


def test_bash_takes_the_completion(tmp_path: Path) -> None:
    """The script in a real bash, with a `dh` that answers as ours does."""
    stand_in = tmp_path / "dh"
    stand_in.write_text('#!/bin/sh\n[ "$1" = complete ] && echo "lr=dataset/flights@1"\n')
    stand_in.chmod(0o755)
    line = "dh run train lr=da"
    asked = f'{script("bash")}\nCOMP_LINE="{line}" COMP_POINT={len(line)} COMP_WORDS=(dh run train lr = da) COMP_CWORD=5\n_dh 2>/dev/null; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        ["bash", "-c", f'PATH="{tmp_path}:$PATH"\n{asked}'], capture_output=True, text=True, check=True
    )
    assert done.stdout == "dataset/flights@1\n"


def test_the_state_line_of_a_card() -> None:
    assert (
        headline("x was saved as dataset/x@1\ntrain-1 · running\n  function/train\n  results: a") == "train-1 · running"
    )


def test_starting_imports_the_standard_library_only() -> None:
    script = "import sys\nfrom dh_kernel.cli import main\nmain(['--help'])\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"IPython", "pandas", "pyarrow", "numpy", "dh_jupyter", "yaml"}
