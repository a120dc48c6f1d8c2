"""The exporter that nbconvert finds: what it writes runs as a job."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import nbformat
import pytest

from dh_jupyter.job_script import JobScriptExporter
from dh_kernel.errors import Invalid
from dh_kernel.jobs.document import job_of_file

ROOT = Path(__file__).parents[3]


def test_the_entry_point_is_the_exporter() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["nbconvert.exporters"]
    module, _, name = declared["job script"].partition(":")
    assert getattr(importlib.import_module(module), name) is JobScriptExporter


def test_the_script_is_a_job_with_the_same_parameters(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Analysis"),
            nbformat.v4.new_code_cell("rate = 0.1", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell("%matplotlib inline\nprint(rate)"),
        ]
    )
    path = tmp_path / "analysis.ipynb"
    nbformat.write(notebook, path)
    text, resources = JobScriptExporter().from_filename(str(path))
    assert resources["output_extension"] == ".py"
    script = tmp_path / "analysis.py"
    script.write_text(text)
    assert job_of_file(script).parameters == job_of_file(path).parameters


def test_another_languages_notebook_is_refused() -> None:
    kernel = {"kernelspec": {"language": "R", "display_name": "R", "name": "ir"}}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x <- 1")], metadata=kernel)
    with pytest.raises(Invalid, match="Python notebooks can be run"):
        JobScriptExporter().from_notebook_node(notebook)
