"""From imported modules to distributions that a run needs."""

from __future__ import annotations

import functools
import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from ..errors import Invalid

_OURS = {"dh_kernel", "dh_jupyter"}
_ADDRESS = re.compile(r"git\+|https?:")
_VERSION = r"(?:~=|===?|!=|<=|>=|<|>)\s*[A-Za-z0-9._*+!-]+"
_REQUIREMENT = re.compile(  # as PEP 508 has it; and an address, as pip and uv take one
    rf"""(?:git\+|https?:)\S+
    | [A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])? \s* (?:\[[A-Za-z0-9.,_\s-]*\])? \s*
      (?: @\s*\S+ (?:\s+;.*)? | \(?\s*(?:{_VERSION}\s*(?:,\s*{_VERSION}\s*)*,?\s*)?\)? \s* (?:;.*(?:[<>=]|\bin\b).*)? )""",
    re.VERBOSE,
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


# Where the module of a distribution is mostly called otherwise: asked first, and taken only if it is from there
_USUAL = {
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "yaml": "PyYAML",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "skimage": "scikit-image",
    "IPython": "ipython",
    "umap": "umap-learn",
}


def _distributions() -> dict[str, list[str]]:
    """Names of distributions by top-level module, as the folders of `sys.path` are now."""
    return _distributions_of(tuple((folder, _changed(folder)) for folder in sys.path))


def _changed(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns
    except OSError:
        return 0


@functools.lru_cache(maxsize=1)
def _distributions_of(folders: tuple[tuple[str, int], ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if not name:
            continue
        text = distribution.read_text("top_level.txt")
        tops = text.split() if text else {str(file).partition("/")[0] for file in distribution.files or ()}
        for top in tops:
            module = top.removesuffix(".py") if hasattr(top, "removesuffix") else top
            if module.isidentifier():
                found.setdefault(module, []).append(name)
    return found


def is_standard(module: str) -> bool:
    """Whether a top-level module belongs to Python itself."""
    names = getattr(sys, "stdlib_module_names", None)
    if names is not None:
        return module in names or module in sys.builtin_module_names
    file = getattr(sys.modules.get(module), "__file__", None)
    library = Path(sysconfig.get_paths()["stdlib"])
    return file is None or (library in Path(file).parents and "site-packages" not in file)


def third_party(modules: Iterable[str]) -> tuple[str, ...]:
    """Top-level modules that come from distributions, sorted."""
    tops = {module.partition(".")[0] for module in modules}
    return tuple(sorted(top for top in tops if top and not is_standard(top) and top not in _OURS))


def requirements_of(modules: Iterable[str], asked: Iterable[str]) -> tuple[str, ...]:
    """Pinned requirements, sorted. What the user asked for by name is taken as asked. Raises Invalid for what is none, as
    an option of pip: an installer would do as it says."""
    found: dict[str, str] = {}
    for module in third_party(modules):
        name = _distribution(module)
        if name:
            found[normal(name)] = f"{name}=={metadata.version(name)}"
    for requirement in asked:
        if not _REQUIREMENT.fullmatch(requirement.strip()):
            raise Invalid(
                f"{requirement!r} is not a requirement.",
                "A package, with a version if need be: --requires pandas, --requires 'pandas>=2'. "
                "Modules of the working folder come along by themselves.",
            )
        match = None if _ADDRESS.match(requirement.strip()) else _NAME.match(requirement.strip())
        name = match[0] if match else requirement
        bare = match is not None and match[0] == requirement.strip()
        found[normal(name)] = _pinned(requirement.strip()) if bare else requirement.strip()
    return tuple(sorted(found.values(), key=str.lower))


def _pinned(name: str) -> str:
    try:
        return f"{name}=={metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return name


def normal(name: str) -> str:
    """PEP 503: one spelling for each distribution."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _provides(name: str, module: str) -> bool:
    """Whether the distribution of that name is there, and is where the module comes from: then no other is asked."""
    file = getattr(sys.modules.get(module), "__file__", None)
    try:
        return file is not None and str(metadata.distribution(name).locate_file(module)) in (
            os.path.dirname(file),
            file,
        )
    except metadata.PackageNotFoundError:
        return False


def _distribution(module: str) -> str:
    for name in (module, _USUAL.get(module)):
        if name and _provides(name, module):
            return metadata.distribution(name).metadata["Name"]
    names = _distributions().get(module, [])
    same = [name for name in names if normal(name) == normal(module)]
    return (same or sorted(names, key=len) or [""])[0]
