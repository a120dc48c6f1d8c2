"""A run as a shell script that starts it again. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from ..display.run import run_name
from ..options import shown_options
from ..refs import is_reference, parse


def repeated(run: Mapping[str, Any], function: Mapping[str, Any]) -> str:
    """The script: the very versions that the run had, its parameters, resources and environment."""
    spec = run["spec"]
    words = ["dh", "run", function["key"]]
    words += [f"{name}={_reference(key)}" for name, key in (spec.get("inputs") or {}).items()]
    words += [f"{name}={_word(value)}" for name, value in (spec.get("parameters") or {}).items()]
    words += [word for option in shown_options(spec) for word in option.split(" ", 1)]
    words += [word for one in spec.get("envs") or [] for word in ("--env", f"{one['name']}={one['value']}")]
    words += [word for name in spec.get("secrets") or [] for word in ("--secret", str(name))]
    words += ["--project", run["project"], "--wait"]
    line = " \\\n  ".join(" ".join(shlex.quote(word) for word in part) for part in _grouped(words))
    return f'#!/bin/sh\n# {run_name(run)} again: {function["metadata"].get("reference", function["name"])}\nexec {line} "$@"\n'


def _grouped(words: list[str]) -> list[list[str]]:
    """The command, then each word or option with its value on a line of its own."""
    groups: list[list[str]] = [words[:3]]
    for word in words[3:]:
        takes = groups[-1][0].startswith("--") and len(groups[-1]) == 1 and not word.startswith("--")
        if takes and len(groups) > 1:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _reference(key: str) -> str:
    return key if is_reference(key) else str(parse(key))


def _word(value: Any) -> str:
    """A text goes as JSON where a shell's word would be read as something else."""
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        json.loads(value)
    except ValueError:
        return json.dumps(value) if is_reference(value) or value.startswith("$") else value
    return json.dumps(value)
