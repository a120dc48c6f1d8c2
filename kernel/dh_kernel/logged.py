"""Files that MLflow's own calls have left in a run's folder, without values of the run's secrets."""

from __future__ import annotations

import os
from pathlib import Path

from .masking import Masking

LARGEST = 1 << 20  # bytes; parameters, tags and metrics are smaller
_ARTIFACTS = "artifacts"  # files that user code made: they are its own, as outputs are


def mask_logged(folder: Path, masking: Masking) -> None:
    """In texts and in names (MLflow keeps a parameter in a file of its name). No folder is fine. Raises OSError."""
    if not masking:
        return
    for place, folders, files in os.walk(folder, topdown=False):
        if _ARTIFACTS in Path(place).relative_to(folder).parts:
            continue
        for name in files:
            _mask_file(Path(place, name), masking)
        for name in (*files, *folders):
            masked = masking.text(name).replace("/", "_")
            if masked != name:
                os.replace(Path(place, name), Path(place, masked))


def _mask_file(path: Path, masking: Masking) -> None:
    if path.is_symlink() or path.stat().st_size > LARGEST:
        return
    data = path.read_bytes()
    masked = masking.data(data)
    if masked != data:
        written = path.with_name(f".{path.name}"[:200])
        written.write_bytes(masked)
        os.replace(written, path)
