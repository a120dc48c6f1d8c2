"""A function as a program of its own: its module, its requirements as inline metadata (PEP 723), and a command line made
from the schema of its parameters."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from ..display.entity import reference_of
from ..errors import Invalid
from ..refs import key_of

_MAIN = '''

def _main():
    """Read the command line, call {name}(), print what it returned."""
    import argparse
    import json

    def value(text):
        try:
            return json.loads(text)
        except ValueError:
            return text

    parser = argparse.ArgumentParser(description={description})
{arguments}
    given = {{name: one for name, one in vars(parser.parse_args()).items() if one is not None}}
{inputs}    result = {call}
    print(result if isinstance(result, str) else json.dumps(result, default=repr, indent=2))


if __name__ == "__main__":
    _main()
'''
_INPUTS = """    for name, kind in {kinds}.items():
        if name in given:
            given[name] = _read(given[name], kind)
"""
_READ = '''

def _read(path, kind):
    """An input from a file: a table (Parquet or CSV), or the path itself."""
    if kind == "path":
        from pathlib import Path

        return Path(path)
    if kind == "polars":
        import polars

        return polars.read_csv(path) if path.endswith(".csv") else polars.read_parquet(path)
    if kind == "arrow":
        import pyarrow.dataset

        return pyarrow.dataset.dataset(path, format="csv" if path.endswith(".csv") else "parquet").to_table()
    if kind == "model":
        import mlflow.pyfunc

        return mlflow.pyfunc.load_model(path)
    import pandas

    return pandas.read_csv(path) if path.endswith(".csv") else pandas.read_parquet(path)
'''


def program(function: Mapping[str, Any]) -> str:
    """The text of a `.py` file that `uv run` or `python` starts. Raises Invalid for a function that needs other files."""
    source = function["spec"].get("source") or {}
    files = source.get("files") or {}
    if files:
        raise Invalid(
            f"{reference_of(function)} uses {', '.join(sorted(files)[:8])} of your folder, which no single file can hold.",
            f"Write a document: %dh export {reference_of(function)} {function['name']}.yaml",
        )
    module = base64.b64decode(source.get("base64", "")).decode()
    schema = function["spec"].get("parameters") or {}
    kinds = {name: _kind(one) for name, one in schema.get("properties", {}).items() if one.get("input")}
    main = _MAIN.format(
        name=function["name"],
        description=repr(function["metadata"].get("description") or f"Run {function['name']}()."),
        arguments="\n".join(_arguments(schema)) or "    # no parameters",
        inputs=_INPUTS.format(kinds=kinds) if kinds else "",
        call=_call(module, source.get("handler") or function["name"]),
    )
    return _header(function) + module.rstrip() + "\n" + (_READ if kinds else "") + main


def _header(function: Mapping[str, Any]) -> str:
    """Requirements and the Python minor, as PEP 723 has them; then where it comes from."""
    minor = str(function["spec"].get("python_version", "")).removeprefix("PYTHON").replace("_", ".") or "3.9"
    needs = "".join(f'#   "{one}",\n' for one in function["spec"].get("requirements") or [])
    block = f'# /// script\n# requires-python = ">={minor}"\n# dependencies = [\n{needs}# ]\n# ///\n'
    key = key_of(function["project"], "function", function["kind"], function["name"], function["id"])
    return f"{block}# {reference_of(function)} of project {function['project']}, {key}\n\n"


def _arguments(schema: Mapping[str, Any]) -> list[str]:
    required = schema.get("required", ())
    return [_argument(name, one, name in required) for name, one in schema.get("properties", {}).items()]


def _argument(name: str, one: Mapping[str, Any], required: bool) -> str:
    types = one.get("type")
    reader = {"integer": "int", "number": "float", "string": "str"}.get(
        types if isinstance(types, str) else "", "value"
    )
    parts = [repr(f"--{name.replace('_', '-')}"), f"dest={name!r}"]
    if one.get("input"):
        parts.append("metavar='FILE'")
    elif one.get("enum") and all(isinstance(choice, str) for choice in one["enum"]):
        parts.append(f"choices={one['enum']!r}")
    else:
        parts.append(f"type={reader}")
    if required:
        parts.append("required=True")
    elif "default" in one:
        parts.append(f"help={('default: ' + json.dumps(one['default'])).replace('%', '%%')!r}")
    return f"    parser.add_argument({', '.join(parts)})"


def _kind(one: Mapping[str, Any]) -> str:
    annotation = str(one.get("annotation", ""))
    for word, kind in (("pl.", "polars"), ("pa.", "arrow"), ("Path", "path"), ("DataFrame", "pandas")):
        if word in annotation:
            return kind
    return "path" if "Dataset" in annotation else "model" if annotation else "pandas"


def _call(module: str, handler: str) -> str:
    import ast

    for node in ast.parse(module).body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name == handler:
            return f"__import__('asyncio').run({handler}(**given))"
    return f"{handler}(**given)"
