"""One value becomes one output, by its type."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DHError, Invalid
from ..flavors import flavor_of
from ..saving.artifacts import dump, is_figure, save_bytes, save_figure, save_path, save_pickle
from ..saving.frames import frame_kind, save_frame
from ..saving.models import save_model
from .culprit import steps_to

if TYPE_CHECKING:
    from .._contract import OutputDocument


def save_value(value: Any, folder: Path, name: str, frame: Any = None) -> tuple[OutputDocument, list[str]]:
    """The document and warnings. `frame` is the run's first table. Raises what makes saving impossible; nothing is left."""
    try:
        return _saved(value, folder, name, frame)
    except BaseException:
        shutil.rmtree(folder / "outputs" / name, ignore_errors=True)
        raise


def _saved(value: Any, folder: Path, name: str, frame: Any) -> tuple[OutputDocument, list[str]]:
    if frame_kind(value):
        try:
            return save_frame(value, folder, name), []
        except Invalid as error:
            document = save_pickle(value, folder, name)
            return document, [f"Output '{name}' was saved as a pickle, not as a dataset. {error.message}"]
    if is_figure(value):
        return save_figure(value, folder, name), []
    if isinstance(value, (bytes, bytearray)):
        return save_bytes(value, folder, name), []
    if isinstance(value, Path):
        return save_path(value, folder, name), []
    flavor = flavor_of(value)
    if flavor:
        return save_model(value, flavor, folder, name, frame)
    if type(value) in (str, list, tuple, dict):
        return save_pickle(value, folder, name), [
            f"Output '{name}' is too big or too deep for a result, and is a file."
        ]
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    warning = f"Output '{name}' ({kind}) was saved by cloudpickle: it loads only with the same packages."
    return save_pickle(value, folder, name), [warning]


def reason(value: Any, path: str, error: Exception) -> str:
    """Why it can't be saved; for what is pickled with the part that is to blame: `result['a'][0].lock (a lock): …`."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, DHError) or isinstance(value, Path) or frame_kind(value):
        return f"{path}: {error}" if isinstance(error, DHError) else text
    steps, part = steps_to(value, dump)
    return f"{path}{steps} ({type(part).__name__}): {text}"
