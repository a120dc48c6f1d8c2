"""Take the README's pictures anew: the main journey in a real browser on a real server, as an animated WebP.

`make setup-test` first. Pictures differ a little from machine to machine, by its fonts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
LARGEST = 1_000_000  # bytes of the animation: a README must load
QUALITIES = (90, 80, 65, 50)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        take(folder)
        frames = sorted(folder.glob("[0-9]*.png"))
        made = animated(frames, IMAGES / "journey.webp")
        still(frames[len(frames) // 2], "light")  # the run is running
        still(folder / "dark.png", "dark")
    print(f"{made.relative_to(ROOT)}: {len(frames)} pictures, {made.stat().st_size:,} bytes")
    return 0


def still(picture: Path, theme: str) -> None:
    """One picture, in few colours."""
    small = Image.open(picture).convert("P", palette=Image.Palette.ADAPTIVE, colors=256)
    small.save(IMAGES / f"journey-{theme}.png", optimize=True)


def take(folder: Path) -> None:
    """Go through the journey; a picture of each step lies in the folder then, NUMBER-MILLISECONDS.png."""
    kept = {**os.environ, "DH_PICTURES": str(folder), "PYTHON": sys.executable}
    command = [str(Path(sys.executable).parent / "jlpm"), "playwright", "test", "--config", "pictures.config.ts"]
    subprocess.run(command, cwd=ROOT / "ui-tests", env=kept, check=True)


def animated(frames: list[Path], path: Path) -> Path:
    """One animation of the pictures, each for its time, in the best quality that is small enough."""
    images = [Image.open(frame).convert("RGB") for frame in frames]
    times = [int(frame.stem.split("-")[1]) for frame in frames]
    for quality in QUALITIES:
        images[0].save(path, save_all=True, append_images=images[1:], duration=times, loop=0, quality=quality, method=6)
        if path.stat().st_size <= LARGEST:
            break
    return path


if __name__ == "__main__":
    raise SystemExit(main())
