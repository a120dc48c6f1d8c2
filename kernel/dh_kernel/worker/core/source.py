"""Code that lies elsewhere: `git+https://…`, `https://….py`, `zip+https://…`, `zip+s3://…`. Fetched by the run itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.request
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from ...errors import Invalid, NotInstalled, Unavailable
from ...loading import local_path

if TYPE_CHECKING:
    from ..._contract import FileLink

_PATIENCE = 60.0  # seconds for a server to answer


def fetch(source: str, place: Path, links: list[FileLink] | None = None) -> Path:
    """The folder with the code; `links` are to what lies in an S3.

    Raises Invalid, NotInstalled or Unavailable, with the source's name.
    """
    place.mkdir(parents=True, exist_ok=True)
    print(f"Fetching {_shown(source)} …", flush=True)  # noqa: T201
    if source.startswith("git+") or urlsplit(source).path.endswith(".git"):
        return _clone(source.removeprefix("git+"), place)
    if source.startswith("zip+"):
        return _extract(_file(source.removeprefix("zip+"), place.parent / "download", links), place)
    if source.startswith(("http://", "https://")):
        download(source, place)
        return place
    raise Invalid(f"The function's source can't be fetched: {source}", "Register it from a file (code_src=FILE).")


def _file(source: str, place: Path, links: list[FileLink] | None) -> Path:
    if source.startswith(("http://", "https://")):
        return download(source, place)
    return local_path({"path": source, **({"links": links} if links is not None else {})})


def download(url: str, place: Path) -> Path:
    """A file of the web into a folder. Raises Unavailable."""
    place.mkdir(parents=True, exist_ok=True)
    target = place / (Path(urlsplit(url).path).name or "main.py")
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE) as answer, target.open("wb") as file:
            shutil.copyfileobj(answer, file)
    except OSError as error:
        raise Unavailable(f"{_shown(url)} can't be fetched: {error}") from error
    return target


def _extract(archive: Path, place: Path) -> Path:
    """All files of it, none outside of the folder."""
    try:
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                if not (place / name).resolve().is_relative_to(place.resolve()):
                    raise Invalid(f"The function's archive has a file outside of its folder: {name}")
            opened.extractall(place)
    except zipfile.BadZipFile as error:
        raise Invalid(f"The function's source is no zip file: {archive.name}") from error
    return place


def _clone(url: str, place: Path) -> Path:
    address, _, ref = url.partition("#")
    git = shutil.which("git")
    if git is None:
        raise NotInstalled("The function's source lies in a git repository, and git is not installed here.")
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    steps = [["clone", "--quiet", _with_credentials(address), str(place)]]
    steps += [["-C", str(place), "checkout", "--quiet", ref]] if ref else []
    for step in steps:
        done = subprocess.run([git, *step], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"{_shown(address)} can't be cloned: {done.stderr.strip()[-500:]}")
    return place


def _with_credentials(url: str) -> str:
    """As the SDK: GIT_TOKEN, or GIT_USERNAME and GIT_PASSWORD, of the run's secrets."""
    token = os.environ.get("GIT_TOKEN")
    user, password = os.environ.get("GIT_USERNAME"), os.environ.get("GIT_PASSWORD")
    if token:
        named = token.startswith(("github_pat_", "glpat_", "ghp_"))
        user, password = ("oauth2", token) if named else (token, "x-oauth-basic")
    parts = urlsplit(url)
    if not (user and password and parts.scheme == "https"):
        return url
    return f"https://{quote(user, safe='')}:{quote(password, safe='')}@{parts.hostname}{parts.path}"


def _shown(url: str) -> str:
    """Without credentials and parameters, which may be a signature."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
