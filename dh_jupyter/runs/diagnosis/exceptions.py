"""Rows for what user code raised."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from typing import Any

from .case import Case
from .changes import more_memory
from .row import Row

# Modules whose package is called otherwise.
_PACKAGES = {
    "sklearn": "scikit-learn", "cv2": "opencv-python-headless", "PIL": "pillow", "yaml": "pyyaml", "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil", "dotenv": "python-dotenv", "skimage": "scikit-image", "Bio": "biopython", "jwt": "pyjwt",
    "psycopg2": "psycopg2-binary", "OpenSSL": "pyopenssl", "serial": "pyserial", "fitz": "pymupdf", "umap": "umap-learn",
    "osgeo": "gdal", "MySQLdb": "mysqlclient", "google.cloud.storage": "google-cloud-storage", "attr": "attrs",
}  # fmt: skip

_RUN_FOLDER = re.compile(r"^.*/runs/[^/]+/[0-9a-f]{32}/\d+/")
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = r"No space left on device|Disk quota exceeded|database or disk is full|File too large"


def _package(case: Case, values: Mapping[str, str]) -> Mapping[str, Any]:
    module = values.get("module", "NAME")
    top = module.partition(".")[0]
    return {"top": top, "package": _PACKAGES.get(module) or _PACKAGES.get(top, top)}


def _is_own(case: Case) -> bool:
    return case.facts.get("module", "").partition(".")[0] in case.own_modules


def _file(case: Case, values: Mapping[str, str]) -> Mapping[str, Any]:
    path = _RUN_FOLDER.sub("", values.get("path") or values.get("said") or "")
    named = path.rpartition("/")[2].partition(".")[0] or "data"
    clean = "".join(char if char.isalnum() or char in "-_" else "-" for char in named)
    return {"at": f" '{path}'" if path else "", "file": path or "FILES", "dataset": clean}


def _port(case: Case, values: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "which": f" {values['port']}" if values.get("port") else "",
        "who": f" {values['holder']} has it." if values.get("holder") else "",
    }


def _at(case: Case, values: Mapping[str, str]) -> Mapping[str, Any]:
    return {"at": f" ({values['path']})" if values.get("path") else ""}


def _kept(case: Case, values: Mapping[str, str]) -> Mapping[str, Any]:
    first, *rest = case.message.splitlines() or [""]
    kept = f"Kept were: {', '.join(case.kept)}." if case.kept else "There was no other output."
    return {"first": first, "rest": "\n".join([*rest, kept])}


EXCEPTIONS = (
    Row(
        "input_gone",
        "Input '{input}' ({reference}) has no file any more{at}.",
        "Save it again, and pass that: %dh run {function} {input}=REFERENCE; what there is: %dh ls",
        "It was moved or deleted outside of the platform.",
        kinds=("NotFound", "FileNotFoundError"),
        when=lambda case: "input" in case.facts,
        more=_at,
    ),
    Row(
        "input_unreadable",
        "Input '{input}' ({reference}) can't be loaded: {type}: {message}",
        "See what it is: %dh show {reference}",
        when=lambda case: "input" in case.facts and "ModuleNotFoundError" not in case.kinds,
    ),
    Row(
        "output_not_saved",
        "{first}",
        "Return something that can be saved in its place, and register again: %dh function {function}",
        "{rest}",
        kinds=("NotSaved",),
        when=lambda case: not any(word in case.message for word in _FULL_WORDS.split("|")),
        more=_kept,
    ),
    Row(
        "disk_full",
        "The disk is full: {first}",
        "Free some space (how much there is: %dh doctor), then: %dh retry {name}",
        "{rest}",
        kinds=("NotSaved",),
        more=_kept,
    ),
    Row(
        "disk_full",
        "The disk is full where it writes{at}.",
        "Free some space (how much there is: %dh doctor), then: %dh retry {name}",
        "{type}: {message}\n{place}",
        errnos=_FULL_DISK,
        more=_at,
    ),
    Row(
        "disk_full",
        "The disk is full.",
        "Free some space (how much there is: %dh doctor), then: %dh retry {name}",
        "{type}: {message}\n{place}",
        says=_FULL_WORDS,
    ),
    Row(
        "missing_own_module",
        "Your own module '{module}' did not come along.",
        "Import it in the notebook by that name, and register again: %dh function {function}",
        "Modules of the working folder travel when the function's code imports them at its top.",
        kinds=("ModuleNotFoundError",),
        when=_is_own,
    ),
    Row(
        "missing_module",
        "The module '{top}' is not installed where the run ran.",
        "Name its package, and run again: %dh function {function} --requires {package}",
        kinds=("ModuleNotFoundError",),
        says=r"No module named '(?P<module>[^']+)'",
        more=_package,
    ),
    Row(
        "circular_import",
        "Modules import each other in a circle: {message}",
        "Move one of the imports into the function that needs it, and register again: %dh function {function}",
        kinds=("ImportError", "AttributeError"),
        says=r"circular import|partially initialized module",
    ),
    Row(
        "version_mismatch",
        "Installed packages do not fit each other: {message}",
        "Install both anew (pip install --upgrade --force-reinstall numpy PACKAGE), then: %dh retry {name}",
        "A compiled package was built for another version of what it uses. The versions: %dh show run/{name} --environment",
        says=r"size changed, may indicate binary incompat|compiled using NumPy 1\.x|numpy\.core\.multiarray failed to import"
        r"|_ARRAY_API not found|undefined symbol|compiled against (?:API|ABI|NumPy)|version `\w+_[\d.]+' not found",
    ),
    Row(
        "missing_library",
        "A library of the system is missing: {library}",
        "Install it on the machine, or require a package that brings it: %dh function {function} --requires PACKAGE",
        kinds=("ImportError", "OSError"),
        says=r"(?P<library>[\w.+-]+\.so[\w.]*): cannot open shared object file",
    ),
    Row(
        "import_name",
        "'{attribute}' is not in the module '{module}' that the run has.",
        "Require the version that has it: %dh function {function} --requires {package}==VERSION",
        "{message}\nThe versions that it ran with: %dh show run/{name} --environment",
        kinds=("ImportError",),
        says=r"cannot import name '(?P<attribute>[^']+)' from '(?P<module>[^']+)'",
        when=lambda case: not _is_own(case),
        more=_package,
    ),
    Row(
        "import_name",
        "'{attribute}' is not in your module '{module}'.",
        "Run the cell or save the file that defines it, import it again, and register: %dh function {function}",
        "{message}",
        kinds=("ImportError",),
        says=r"cannot import name '(?P<attribute>[^']+)' from '(?P<module>[^']+)'",
    ),
    Row(
        "port_taken",
        "The port{which} is taken.",
        "Use another: %dh retry {name} port=0 takes any that is free, if the function has such a parameter.",
        "{who} Runs share the machine's ports with everything else on it.\n{place}",
        errnos=(errno.EADDRINUSE,),
        more=_port,
    ),
    Row(
        "permission",
        "It may not use{at}: permission denied.",
        "Write to the run's own folder (a relative path), and return the Path; then: %dh function {function}",
        "{type}: {message}\n{place}",
        kinds=("PermissionError",),
        more=_file,
    ),
    Row(
        "read_only",
        "It can't write{at}: the file system is read-only.",
        "Write to the run's own folder (a relative path), and return the Path; then: %dh function {function}",
        "{type}: {message}\n{place}",
        errnos=(errno.EROFS,),
        more=_file,
    ),
    Row(
        "missing_data",
        "There is no file{at} where the run runs.",
        "Make it a dataset (%dh dataset {dataset} {file}), and pass that: %dh run {function} PARAMETER=dataset/{dataset}",
        "A run has a folder of its own: data beside the notebook does not travel. Pass it as a dataset or an artifact.\n{place}",
        kinds=("FileNotFoundError", "NoSuchFile", "NotADirectoryError"),
        more=_file,
    ),
    Row(
        "child_killed",
        "A process that the function had started was killed: {message}",
        "If memory is short, work on less at once, in fewer processes; else: %dh logs {name}",
        "{place}",
        kinds=("BrokenProcessPool", "TerminatedWorkerError"),
    ),
    Row(
        "pickling",
        "It sends something to another process that can't be pickled: {message}",
        "Define what is sent at the top of a cell, not within a function, and register again: %dh function {function}",
        "Processes send each other pickles; lambdas, inner functions, open files, locks and connections have none.\n{place}",
        kinds=("PicklingError", "AttributeError", "TypeError"),
        says=r"[Cc]an't pickle|[Cc]annot pickle|Can't get (?:local object|attribute)|could not pickle|not the same object as",
    ),
    Row(
        "recursion",
        "It calls itself too deep: {message}",
        "Look for the end of the recursion, or use a loop; then: %dh function {function}",
        kinds=("RecursionError",),
    ),
    Row(
        "memory",
        "Out of memory{limit}{peak}: {what}",
        "Give it more, or work on less at once: %dh retry {name} {flags}",
        kinds=("MemoryError",),
        more=lambda case, values: {
            **more_memory(case),
            "what": case.message or "an allocation failed",
            "limit": f", limit{limit}" if (limit := more_memory(case)["limit"]) else "",
        },
    ),
    Row(
        "too_many_files",
        "It has too many files or connections open.",
        "Close them (with open(…) as file:), and register again: %dh function {function}",
        errnos=(errno.EMFILE, errno.ENFILE),
    ),
    Row(
        "network",
        "It can't reach another machine: {message}",
        "If it was a passing fault: %dh retry {name}",
        "{type}\n{place}",
        kinds=("ConnectionError", "gaierror", "ConnectionRefusedError", "ConnectTimeout", "ConnectError", "URLError"),
    ),
    Row(
        "kernel_died",
        "{message}",
        "See what came before: %dh logs {name}; if memory may have been short, limit it: %dh retry {name} --memory 8Gi",
        "The process of the cells ended by itself: os._exit, a crash of a compiled library, or out of memory.",
        kinds=("KernelDied",),
    ),
    Row(
        "interrupted",
        "A KeyboardInterrupt ended it.",
        "Run it again: %dh retry {name}; to end a run: %dh stop {name}",
        "A SIGINT (Ctrl-C) was sent to its process, or the code raised it itself.\n{place}",
        kinds=("KeyboardInterrupt",),
    ),
    Row(
        "system_exit",
        "{message}",
        "Return in place of exiting, and register again: %dh function {function}",
        "Nothing that it would have returned is kept.\n{place}",
        kinds=("SystemExit",),
    ),
    Row(
        "assertion",
        "An assertion failed{said}",
        "See what came before: %dh logs {name}",
        kinds=("AssertionError",),
        more=lambda case, values: {"said": f": {case.message}" if case.message else "."},
    ),
)

OTHER = Row(
    "user_exception",
    "{type}{said}",
    "Mend it, {first}and then: %dh run {function}",
    more=lambda case, values: {
        "said": f": {case.message}" if case.message else "",
        "first": "" if case.is_file else "run its cell again, ",
    },
)
