"""Lines below a captured module by which Core's Python runtime calls its function. Pure.

There, an input arrives as the SDK's object and not as a table, and names of outputs are the decorator's: the lines turn the
one into what the annotation asks for, and give the other from what was returned, as a run here does.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

MARK = "\n\n# -- below: how DigitalHub's runtime calls it; added by dh-jupyter"
HANDLER = "dh_called_by_core"

_CALL = """{mark}
from digitalhub_runtime_python import handler as _dh_handler

_dh_names = []
_dh_missing = object()


def _dh_input(value, kind):
    if kind == "path" and hasattr(value, "download"):
        import pathlib

        return pathlib.Path(value.download())
    if not hasattr(value, "as_df"):
        return value
    table = value.as_df()
    if kind == "polars":
        import polars

        return polars.from_pandas(table)
    if kind == "arrow":
        import pyarrow

        return pyarrow.Table.from_pandas(table, preserve_index=False)
    return table


@_dh_handler(outputs=_dh_names)
def {handler}({signature}):
    given = {{{given}}}
    kinds = {kinds!r}
    given = {{name: _dh_input(value, kinds.get(name)) for name, value in given.items() if value is not _dh_missing}}
    returned = {function}(**given)
    out = {out!r}
    if isinstance(returned, dict) and returned and all(isinstance(name, str) for name in returned) and not out:
        _dh_names[:] = list(returned)
        return tuple(returned.values())
    values = returned if isinstance(returned, tuple) else (returned,)
    _dh_names[:] = out or ([{function_name!r}] if len(values) == 1 else [])
    return None if returned is None else values
"""


def called_by_core(text: str, function: str, spec: Mapping[str, Any]) -> str:
    """The module with the lines, both in base64."""
    schema = spec.get("parameters") or {}
    names = list(schema.get("properties", {}))
    more = ["**more"] if schema.get("additionalProperties") else []
    given = [*(f"{name!r}: {name}" for name in names), *(["**more"] if more else [])]
    lines = _CALL.format(
        mark=MARK,
        handler=HANDLER,
        signature=", ".join([*(f"{name}=_dh_missing" for name in names), *more]),
        given=", ".join(given),
        kinds={name: _kind(one) for name, one in schema.get("properties", {}).items() if one.get("annotation")},
        function=function,
        function_name=function,
        out=list(spec.get("output_names") or []),
    )
    module = base64.b64decode(text).decode()
    return base64.b64encode((module.rstrip("\n") + "\n" + lines).encode()).decode()


def own_code(text: str) -> str:
    """The module without the lines."""
    module = base64.b64decode(text).decode(errors="replace")
    own = module.partition(MARK)[0]
    return base64.b64encode((own if own == module else own.rstrip("\n") + "\n").encode()).decode()


def _kind(one: Mapping[str, Any]) -> str:
    annotation = str(one.get("annotation", ""))
    for word, kind in (
        ("pl.", "polars"),
        ("polars.", "polars"),
        ("pa.", "arrow"),
        ("pyarrow.", "arrow"),
        ("Path", "path"),
    ):
        if word in annotation:
            return kind
    return "pandas"
