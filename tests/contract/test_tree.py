"""Rules of the tree that no other tool checks: sizes, names, and nothing of the machine it was written on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATED = {"kernel/dh_kernel/_contract.py", "src/_contract.ts"}
CODE = {".py", ".ts", ".tsx", ".css"}
LONGEST = 350
BANNED = re.compile(r"(?i)(?:^|[_\-.])(helpers?|utils?|common|processors?)(?:[_\-.]|$)")
BANNED_CLASS = re.compile(
    r"^\s*(?:export )?class (\w*(?:Impl|Helper|Utils?|Processor)|(?!RunManager\b)\w+Manager)\b", re.M
)
MACHINE = re.compile(r"(?<![\w.$}:/~-])/(?:work|home/(?!jovyan)\w+|Users/\w+|root)/")
REGISTRY_IN_LOCK = re.compile(r'"resolved":|__archiveUrl|https?(?::|%3[aA])')
INDEX = re.compile(r"(?i)(?:--(?:extra-)?index-url|npmRegistryServer|registry\s*[=:]\s*['\"]?https?)")


def tracked() -> list[str]:
    """Files that git has or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


FILES = tracked()
SOURCES = [name for name in FILES if Path(name).suffix in CODE and name not in GENERATED]
TEXTS = [
    name for name in FILES if Path(name).suffix not in {".png", ".parquet"} and name != "tests/contract/test_tree.py"
]


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 50


def test_no_file_is_long() -> None:
    lengths = {name: len((ROOT / name).read_text().splitlines()) for name in SOURCES}
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST}


def test_no_name_says_nothing() -> None:
    assert not [name for name in FILES for part in Path(name).parts if BANNED.search(part)]
    classes = {name: BANNED_CLASS.findall((ROOT / name).read_text()) for name in SOURCES}
    assert not {name: found for name, found in classes.items() if found}


@pytest.mark.parametrize("rule", [MACHINE, INDEX], ids=["no path of a machine", "no package index"])
def test_nothing_of_a_machine(rule: re.Pattern[str]) -> None:
    found = {name: rule.findall((ROOT / name).read_text(errors="replace")) for name in TEXTS}
    assert not {name: hits for name, hits in found.items() if hits}


def test_locks_hold_no_address() -> None:
    locks = [name for name in FILES if re.search(r"lock|constraints", Path(name).name)]
    assert {"yarn.lock", "constraints.txt"} <= set(locks)
    assert not [name for name in locks if REGISTRY_IN_LOCK.search((ROOT / name).read_text())]
    assert not [name for name in FILES if Path(name).name in ("package-lock.json", "uv.lock")]


def test_every_package_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text().split()
    assert not [line for line in lines if not re.fullmatch(r"[a-z0-9.\-]+==[\w.+]+", line)]
