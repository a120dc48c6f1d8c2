"""What is registered for a job: the copy, the modules beside it, requirements and parameters. Nothing is executed here."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..capture.requirements import requirements_of, third_party
from ..errors import Invalid, NotFound, did_you_mean
from ..notebooks import script
from ..notebooks.document import code_of, content_of, read_notebook
from ..notebooks.installs import named_in_cell
from ..notebooks.parameters import parameters_of
from .beside import Beside

if TYPE_CHECKING:
    from .._contract import ParameterSchema

_SCHEME = "dh-job-1"
_LARGEST_SCRIPT = 4 * 2**20  # bytes


@dataclass(frozen=True)
class Job:
    """`kind` is notebook or script, `content` what makes the version, `sources` the code of each cell."""

    kind: str
    name: str
    text: str
    content: str
    sources: tuple[str, ...]
    parameters: ParameterSchema
    files: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # files beside it that its code names, and that a run does not have

    @property
    def id(self) -> str:
        """32 hex digits: the same content is the same version."""
        parts = [
            _SCHEME,
            self.kind,
            self.name,
            self.content,
            json.dumps(dict(self.files), sort_keys=True),
            json.dumps(self.requirements),
            _python(),
            json.dumps(self.parameters, sort_keys=True),
        ]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def document(self, project: str, labels: Sequence[str] = ()) -> dict[str, Any]:
        """The entity that is posted."""
        source = {
            "path": self.name,
            "base64": base64.b64encode(self.text.encode()).decode(),
            "lang": "python",
            **({"files": dict(self.files)} if self.files else {}),
        }
        spec = {
            "python_version": _python(),
            "source": source,
            "requirements": list(self.requirements),
            "imports": list(self.imports) if self.kind == "script" else [],  # a notebook's kernel imports its own
            "parameters": self.parameters,
        }
        metadata = {"name": self.name, **({"labels": list(labels)} if labels else {})}
        return {
            "kind": self.kind, "project": project, "name": self.name, "id": self.id, "metadata": metadata, "spec": spec,
        }  # fmt: skip


def _python() -> str:
    return f"PYTHON{sys.version_info[0]}_{sys.version_info[1]}"


def job_of_file(path: Path, requires: Iterable[str] = ()) -> Job:
    """Read a notebook or a script. Raises NotFound and Invalid with what to do."""
    text = _read(path)
    if path.suffix == ".py":
        script.check_script(text, path.name)
        return _made("script", name_of(path), text, text, [text], script.parameters_of(text), path.parent, requires)
    return job_of_notebook(read_notebook(text, path.name), name_of(path), path.parent, requires)


def job_of_notebook(
    notebook: Mapping[str, Any], name: str, folder: Path, requires: Iterable[str] = (), files: Any = None
) -> Job:
    """`files`: modules that go along in any case, text by path."""
    sources = [cell["source"] for _, cell in code_of(notebook)]
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    job = _made(
        "notebook", name, text, content_of(notebook), sources, parameters_of(notebook), folder, requires, files or {}
    )
    return job


def _made(
    kind: str, name: str, text: str, content: str, sources: list[str], parameters: Any, folder: Path,
    requires: Iterable[str], files: Mapping[str, str] | None = None,
) -> Job:  # fmt: skip
    beside = Beside(folder, sources)
    asked = [requirement for source in sources for requirement in named_in_cell(source)]
    return Job(
        kind, name, text, content, tuple(sources), parameters, {**beside.files, **(files or {})},
        requirements_of(beside.modules, [*asked, *requires]), third_party(beside.modules), beside.missing,
    )  # fmt: skip


def _read(path: Path) -> str:
    if path.is_dir():
        raise Invalid(f"'{path}' is a folder.", "%dh job analysis.ipynb, or %dh job script.py")
    if path.suffix not in (".ipynb", ".py"):
        notebook = path.with_suffix(".ipynb")
        hint = f"Did you mean '{notebook}'?" if notebook.is_file() else "%dh job analysis.ipynb, or %dh job script.py"
        raise Invalid(f"'{path}' is no notebook and no script.", hint)
    if not path.is_file():
        there = path.parent.glob(f"*{path.suffix}") if path.parent.is_dir() else []
        near = did_you_mean(path.name, [one.name for one in there])
        raise NotFound(
            f"There is no file '{path}' below {Path.cwd()}.", near or "The path is relative to the working folder."
        )
    try:
        if path.suffix == ".py" and path.stat().st_size > _LARGEST_SCRIPT:
            raise Invalid(f"{path.name} is larger than {_LARGEST_SCRIPT // 2**20} MiB.", "Take the data out of it.")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name} is not UTF-8 text ({error.reason}).", "Save it as UTF-8.") from error
    except PermissionError as error:
        raise Invalid(f"{path} can't be read.", f"chmod u+r {path}") from error


def name_of(path: Path) -> str:
    """The file's name as references take it."""
    stem = re.sub(r"[^A-Za-z0-9._+-]+", "-", path.stem).strip("-.") or path.suffix[1:]
    return f"{stem[:200]}{path.suffix}"
