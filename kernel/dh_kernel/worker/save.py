"""One value becomes one output, by its type."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DHError, Invalid
from ..flavors import flavor_of
from ..saving.artifacts import dump, save_bytes, save_form, save_path, save_pickle
from ..saving.forms import HTML, form_of
from ..saving.frames import frame_kind, save_frame, save_frames
from ..saving.models import save_model
from ..saving.paths import ReturnedPaths
from .culprit import steps_to
from .streams import Stream

if TYPE_CHECKING:
    from .._contract import OutputDocument

    Saved = tuple[OutputDocument, list[str]]


class Saver:
    """Of one run; `frame` is its first table."""

    def __init__(self, folder: Path) -> None:
        self.frame: Any = None
        self._folder = folder
        self._paths = ReturnedPaths(folder)

    def save(self, value: Any, name: str) -> Saved:
        """The document and warnings. Raises what makes saving impossible; nothing is left."""
        try:
            return self._saved(value, name)
        except BaseException:
            shutil.rmtree(self._folder / "outputs" / name, ignore_errors=True)
            raise

    def _saved(self, value: Any, name: str) -> Saved:
        folder = self._folder
        if isinstance(value, Stream):
            return save_frames(value, folder, name), []
        if isinstance(value, Path):
            return save_path(value, folder, name, self._paths)
        if isinstance(value, (bytes, bytearray)):
            return save_bytes(value, folder, name), []
        if frame_kind(value):
            return self._or_pickle(value, name, lambda: save_frame(value, folder, name), "a dataset")
        form = form_of(value)
        if form:
            return self._or_pickle(value, name, lambda: save_form(value, form, folder, name), form.ending)
        flavor = flavor_of(value)
        if flavor:
            return save_model(value, flavor, folder, name, self.frame)
        return self._pickled(value, name)

    def _or_pickle(self, value: Any, name: str, save: Any, what: str) -> Saved:
        try:
            return save(), []
        except Invalid as error:
            shutil.rmtree(self._folder / "outputs" / name, ignore_errors=True)
            warning = f"Output '{name}' was saved as a pickle, not as {what}. {error.message}"
            return save_pickle(value, self._folder, name), [warning]

    def _pickled(self, value: Any, name: str) -> Saved:
        if type(value) in (str, list, tuple, dict):
            warning = f"Output '{name}' is too big or too deep for a result, and is a file."
            return save_pickle(value, self._folder, name), [warning]
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        try:
            document = save_pickle(value, self._folder, name)
        except Exception as error:
            if isinstance(value, type) or not hasattr(value, "_repr_html_"):
                raise
            shutil.rmtree(self._folder / "outputs" / name, ignore_errors=True)
            why = f"Output '{name}' ({kind}) was saved as the HTML that shows it: {type(error).__name__}: {error}"
            return save_form(value, HTML, self._folder, name), [why]
        return document, [f"Output '{name}' ({kind}) was saved by cloudpickle: it loads only with the same packages."]


def reason(value: Any, path: str, error: Exception) -> str:
    """Why it can't be saved; for what is pickled with the part that is to blame: `result['a'][0].lock (a lock): …`."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, DHError) or isinstance(value, Path) or frame_kind(value):
        return f"{path}: {error}" if isinstance(error, DHError) else text
    steps, part = steps_to(value, dump)
    return f"{path}{steps} ({type(part).__name__}): {text}"
