"""Models by framework, on MLflow's flavors. A framework is imported only when a model of it is at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from .. import plugins
from ..errors import Invalid, NotInstalled
from .base import Flavor

__all__ = ["Flavor", "flavor_of", "flavors_in", "load_model"]


def flavor_of(value: Any) -> Flavor | None:
    """The flavor for an object, by the top modules of its bases, the nearest first."""
    installed = set(plugins.names(plugins.FLAVORS))
    modules = [kind.__module__.partition(".")[0] for kind in type(value).__mro__]
    for name in dict.fromkeys(modules):
        if name in installed:
            flavor = cast(Flavor, plugins.load(plugins.FLAVORS, name)())
            if flavor.accepts(value):
                return flavor
    return None


def load_model(folder: str | Path) -> Any:
    """The framework's own object, by the first flavor of the folder's MLmodel that is installed. Raises Invalid."""
    names = flavors_in(Path(folder))
    installed = plugins.names(plugins.FLAVORS)
    for name in names:
        if name in installed:
            return plugins.load(plugins.FLAVORS, name)().load(Path(folder))
    if "python_function" in names:
        import mlflow.pyfunc

        return mlflow.pyfunc.load_model(str(folder))
    raise NotInstalled(f"No flavor for a model of {', '.join(names)}. Installed: {', '.join(installed)}.")


def flavors_in(folder: Path) -> list[str]:
    """Names of the flavors in MLmodel, the native ones first."""
    import yaml

    try:
        text = (folder / "MLmodel").read_text(encoding="utf-8")
    except OSError as error:
        raise Invalid(f"'{folder}' is no MLflow model: it has no file MLmodel.") from error
    found = yaml.safe_load(text).get("flavors", {})
    return sorted(found, key=lambda name: name == "python_function")
