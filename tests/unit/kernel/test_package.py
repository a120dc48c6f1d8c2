"""The package's public names."""

from __future__ import annotations

import subprocess
import sys

import dh_kernel as dh


def test_every_public_name_is_there() -> None:
    for name in dh.__all__:
        assert getattr(dh, name) is not None
    assert set(dh.__all__) <= set(dir(dh))


def test_report_is_a_function_after_its_module_was_imported() -> None:
    script = "from dh_kernel.reporting import send_to; import dh_kernel as dh; dh.report(step=1, loss=2.0); dh.progress(1, 2)"
    subprocess.run([sys.executable, "-c", script], check=True)
