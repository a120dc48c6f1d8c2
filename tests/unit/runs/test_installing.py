"""What installers said, recorded from uv 0.13 and pip 24, to the first requirement that stands in the way."""

from __future__ import annotations

import pytest

from dh_jupyter.runs.diagnosis import Case, explain
from dh_jupyter.runs.diagnosis.installing import explain_installer

NONE = "error: No solution found when resolving dependencies\n  cause: "
SAID: list[tuple[str, str, str]] = [
    (
        NONE + "Because you require numpy==1.26.4 and numpy==2.0.0, we can conclude that your requirements are unsatisfiable.",
        "The requirements numpy==1.26.4 and numpy==2.0.0 exclude each other.",
        "one of the two",
    ),
    (
        NONE + "Because pandas==2.2.3 depends on numpy{python_full_version < '3.12'}>=1.23.2 and you require pandas==2.2.3, we can conclude that you require numpy>=1.23.2.\n"
        "         And because you require numpy==1.20.0, we can conclude that your requirements are unsatisfiable.",
        "pandas==2.2.3 needs numpy>=1.23.2, but numpy==1.20.0 is required too.",
        "fits the other",
    ),
    (
        NONE + "Because all versions of dh-stone depend on dh-pebble>=2 and you require dh-stone, we can conclude that you require dh-pebble>=2.\n         And because you require dh-pebble==1.0, we can conclude that your requirements are unsatisfiable.",
        "dh-stone needs dh-pebble>=2, but dh-pebble==1.0 is required too.",
        "fits the other",
    ),
    (
        NONE + "Because all versions of dh-stone depend on dh-pebble>=2 and you require dh-pebble==1.0, we can conclude that all versions of dh-stone cannot be used.\n         And because you require dh-stone, we can conclude that your requirements are unsatisfiable.",
        "dh-stone needs dh-pebble>=2, but dh-pebble==1.0 is required too.",
        "fits the other",
    ),
    (
        NONE + "Because no-such-package was not found in the package registry and you require no-such-package, we can conclude that your requirements are unsatisfiable.",
        "There is no package 'no-such-package'.",
        "RIGHT-NAME",
    ),
    (
        NONE + "Because there is no version of six==99.0 and you require six==99.0, we can conclude that your requirements are unsatisfiable.",
        "There is no such version: six==99.0.",
        "--requires six",
    ),
    (
        "error: Couldn't parse requirement in `-` at position 0\n  cause: Unexpected end of version specifier, expected version\n         six==\n            ^^\n",
        "'six==' is not a requirement as pip takes it.",
        "NAME==VERSION",
    ),
    (
        NONE + "Because the current Python version (3.11.7) does not satisfy Python>=3.12 and numpy==2.5.0 depends on Python>=3.12, we can conclude that numpy==2.5.0 cannot be used.\n"
        "         And because you require numpy==2.5.0, we can conclude that your requirements are unsatisfiable.",
        "numpy==2.5.0 needs Python >=3.12, the run has 3.11.7.",
        "register it from a kernel with Python >=3.12",
    ),
    (
        NONE + "Because pywin32==306 has no wheels with a matching platform tag (e.g., `manylinux_2_36_x86_64`) and you require pywin32==306, we can conclude that your requirements are unsatisfiable.",
        "pywin32==306 can't be installed on this kind of machine.",
        "wheels",
    ),
    (
        "error: Failed to build `sklearn==0.0.post12`\n  cause: The build backend returned an error\n  cause: Call to `setuptools.build_meta` failed (exit status: 1)\n",
        "sklearn==0.0.post12 has no wheel for this machine, and building it failed.",
        "a version that has a wheel",
    ),
    ("error: Distribution not found at: file:///nowhere/x-1-py3-none-any.whl\n", "There is no package at file:///nowhere/x-1-py3-none-any.whl.", "a place"),
    (
        "error: Request failed after 3 retries in 10.8s\n  cause: Failed to fetch: https://nowhere.invalid/simple/six/\n  cause: dns error\n  cause: failed to lookup address information: Name or service not known",
        "The package index can't be reached.",
        "%dh retry RUN",
    ),
    (
        "error: Request failed after 3 retries in 12.3s\n  cause: error sending request for url (https://127.0.0.1:9/simple/six/)\n  cause: tcp connect error\n  cause: Connection refused (os error 111)",
        "The package index can't be reached.",
        "%dh retry RUN",
    ),
    (
        NONE + "Because attrs was not found in the cache and you require attrs, we can conclude that your requirements are unsatisfiable.\n\nhint: Packages were unavailable because the network was disabled.",
        "The network is switched off, and the package attrs is not in the cache.",
        "%dh retry RUN",
    ),
    (
        "error: Failed to install: numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.whl (numpy==2.4.6)\n  cause: failed to copy file from /a to /b: No space left on device (os error 28)",
        "The disk was full before all packages were installed.",
        "%dh doctor",
    ),
    (
        "ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)\nERROR: No matching distribution found for nosuch\n",
        "There is no package 'nosuch'.",
        "RIGHT-NAME",
    ),
    (
        "ERROR: Could not find a version that satisfies the requirement six==99 (from versions: 1.16.0, 1.17.0)\n",
        "There is no such version: six==99.",
        "--requires",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("said", "summary", "cure"), SAID, ids=range(len(SAID)))
def test_the_first_fault_is_named(said: str, summary: str, cure: str) -> None:
    fault = explain_installer(
        f"Installing six …\nUsing Python 3.11\n{said}\nThe packages that the function needs could not be installed: six.\n"
    )
    assert fault.summary == summary
    assert cure in fault.cure
    assert fault.detail


def test_an_unknown_text_is_shown() -> None:
    fault = explain_installer("Installing six …\nerror: something new\n  cause: a thing\n", ("six",))
    assert (fault.summary, fault.detail) == (
        "The packages that it needs could not be installed: six.",
        "error: something new\ncause: a thing",
    )


def test_colours_are_left_out() -> None:
    """What a kernel starts is told to colour what it prints."""
    coloured = (
        SAID[0][0]
        .replace("error:", "\x1b[1m\x1b[31merror\x1b[39m\x1b[0m\x1b[1m:\x1b[0m")
        .replace("numpy==1", "\x1b[36mnumpy\x1b[0m==1")
    )
    assert explain_installer(f"Installing a …\n{coloured}") == explain_installer(f"Installing a …\n{SAID[0][0]}")


def test_only_the_last_attempt_counts() -> None:
    log = f"Installing a …\n{SAID[0][0]}\nInstalling b …\n{SAID[4][0]}\n"
    assert explain_installer(log).summary == SAID[4][1]


def test_names_are_put_in() -> None:
    found = explain(Case(name="train-42", function="train", cause="dependencies", log=f"Installing x …\n{SAID[4][0]}"))
    assert found["cure"] == "%dh function train --requires RIGHT-NAME"
