"""The run that is posted when an old one is to be done again. Pure."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dh_kernel.asking import FIRST
from dh_kernel.errors import NotFound

from .options import OPTIONS, ProfileOf, without_profile

if TYPE_CHECKING:
    from dh_kernel._contract import Entity


DRIVEN = ("sweep",)  # what runs have that somebody else drives


def retried(old: Entity, changes: Mapping[str, Any], profile_of: ProfileOf) -> dict[str, Any]:
    """Its function, arguments and options. `changes` holds options, `parameters` and `inputs` that replace the old ones;
    with another profile, what the old one gave is left out."""
    spec = old["spec"]
    posted = {"function": spec["function"], **_options(spec, changes, profile_of)}
    for name, value in changes.items():
        same = name in ("parameters", "inputs", "resources")
        before = posted if name == "resources" else spec
        posted[name] = {**before.get(name, {}), **value} if same else value
    for name, other in (("parameters", "inputs"), ("inputs", "parameters")):
        kept = posted.get(name, spec.get(name, {}))
        posted[name] = {key: value for key, value in kept.items() if key not in changes.get(other, {})}
    if suggested := old.get("status", {}).get("suggested"):
        posted["parameters"] = {FIRST: suggested, **posted["parameters"]}
    posted.update({name: spec[name] for name in DRIVEN if name in spec})
    metadata = {name: old["metadata"][name] for name in ("labels",) if name in old["metadata"]}
    return {"kind": old["kind"], "metadata": metadata, "spec": {**posted, "retry_of": old["key"]}}


def _options(spec: Mapping[str, Any], changes: Mapping[str, Any], profile_of: ProfileOf) -> dict[str, Any]:
    options = {name: spec[name] for name in OPTIONS if name in spec}
    if "profile" in changes and spec.get("profile") not in (None, "", changes["profile"]):
        with contextlib.suppress(NotFound):  # it is gone: all that the run had is its own
            return without_profile(options, profile_of(spec["profile"]))
    return options
