"""Arrays, pictures, figures and pages: a file that other programs can read, and the object again. One row for each.

`codec` in the entity's spec says how it is loaded. What a form can't hold raises Invalid, and is pickled instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, NamedTuple

from ..errors import Invalid, NotInstalled


class Form(NamedTuple):
    """`save(value, path)` writes one file with that ending; `load` is for `dh.load`, None where it stays a Path."""

    codec: str
    ending: str
    save: Callable[[Any, Path], None]
    load: Callable[[Path], Any] | None


def form_of(value: Any) -> Form | None:
    """The row for an object, by the classes among its bases; imports nothing."""
    if _is_tensors(value):
        return _FORMS["torch", "Tensor"]
    for kind in type(value).__mro__:
        found = _FORMS.get((kind.__module__.partition(".")[0], kind.__name__))
        if found:
            return found
    return None


def subject(value: Any) -> Any:
    """The figure of matplotlib's axes, of an array of them, or of a seaborn grid; all else is itself."""
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(value).__mro__}
    if ("matplotlib", "Axes") in kinds or ("seaborn", "Grid") in kinds:
        return value.figure if value.figure is not None else value
    if ("numpy", "ndarray") in kinds and value.dtype == object and value.size:
        first = value.flat[0]
        return subject(first) if type(first).__module__.startswith("matplotlib.") else value
    return value


def load_form(codec: str, path: Path) -> Any:
    """The object that was saved; the Path itself of a codec that keeps none."""
    load = next((form.load for form in _FORMS.values() if form.codec == codec), None)
    if load is None:
        return path
    try:
        return load(path)
    except ImportError as error:
        raise NotInstalled(
            f"'{path.name}' needs {error.name}, which is not installed.", 'Load it as a file: as_="path".'
        ) from error


# -- arrays ------------------------------------------------------------------------------------------------------------


def _save_array(array: Any, path: Path) -> None:
    import numpy

    if type(array) is not numpy.ndarray or array.dtype.hasobject:
        raise Invalid("Only plain arrays are kept as .npy.")
    numpy.save(path, array, allow_pickle=False)


def _load_array(path: Path) -> Any:
    import numpy

    return numpy.load(path, allow_pickle=False)


def _save_sparse(matrix: Any, path: Path) -> None:
    import scipy.sparse

    if matrix.format not in ("csr", "csc", "coo", "bsr", "dia") or matrix.ndim != 2:
        raise Invalid(f"A sparse matrix of format {matrix.format} is not kept as .npz.")
    scipy.sparse.save_npz(path, matrix)


def _load_sparse(path: Path) -> Any:
    import scipy.sparse

    return scipy.sparse.load_npz(path)


def _is_tensors(value: Any) -> bool:
    """A state_dict: one file, and not one for each of its tensors."""
    return isinstance(value, dict) and bool(value) and all(_is_tensor(item) for item in value.values())


def _is_tensor(value: Any) -> bool:
    return any(kind.__name__ == "Tensor" and kind.__module__ == "torch" for kind in type(value).__mro__)


def _save_tensor(value: Any, path: Path) -> None:
    import torch

    torch.save(value, path)


def _load_tensor(path: Path) -> Any:
    import torch

    return torch.load(path, map_location=None if torch.cuda.is_available() else "cpu", weights_only=True)


# -- pictures and figures ------------------------------------------------------------------------------------------------

_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")


def _save_image(image: Any, path: Path) -> None:
    if image.mode not in _PNG_MODES:
        raise Invalid(f"A picture of mode {image.mode} is not kept as PNG.")
    image.save(path, "PNG")


def _load_image(path: Path) -> Any:
    import PIL.Image

    with PIL.Image.open(path) as image:
        found = image.copy()
    found.info = {}
    return found


def _save_figure(figure: Any, path: Path) -> None:
    figure.savefig(path, bbox_inches="tight")


def _save_plotly(figure: Any, path: Path) -> None:
    path.write_text(figure.to_json(), encoding="utf-8")


def _load_plotly(path: Path) -> Any:
    import plotly.io

    return plotly.io.from_json(path.read_text(encoding="utf-8"))


def _save_altair(chart: Any, path: Path) -> None:
    import altair

    with altair.data_transformers.enable("default", max_rows=None):
        path.write_text(chart.to_json(), encoding="utf-8")


def _load_altair(path: Path) -> Any:
    import altair

    return altair.Chart.from_json(path.read_text(encoding="utf-8"))


def _save_html(shown: Any, path: Path) -> None:
    text = shown.data if isinstance(getattr(shown, "data", None), str) else shown._repr_html_()
    if not isinstance(text, str):
        raise Invalid("It has no HTML.")
    path.write_text(text, encoding="utf-8")


def _load_html(path: Path) -> Any:
    from IPython.display import HTML

    return HTML(path.read_text(encoding="utf-8"))  # type: ignore[no-untyped-call]


_FIGURE = Form("figure", ".png", _save_figure, None)
_SPARSE = Form("npz", ".npz", _save_sparse, _load_sparse)
_FORMS = {
    ("numpy", "ndarray"): Form("npy", ".npy", _save_array, _load_array),
    ("scipy", "spmatrix"): _SPARSE,
    ("scipy", "sparray"): _SPARSE,
    ("torch", "Tensor"): Form("torch", ".pt", _save_tensor, _load_tensor),
    ("PIL", "Image"): Form("image", ".png", _save_image, _load_image),
    ("matplotlib", "Figure"): _FIGURE,
    ("plotly", "BaseFigure"): Form("plotly", ".plotly.json", _save_plotly, _load_plotly),
    ("altair", "TopLevelMixin"): Form("altair", ".vega.json", _save_altair, _load_altair),
    ("IPython", "HTML"): Form("html", ".html", _save_html, _load_html),
}
HTML = _FORMS["IPython", "HTML"]
FIGURES = ("figure", "plotly", "altair")  # `r.result` gives their files
