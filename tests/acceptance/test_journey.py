"""A notebook outside of Jupyter's server: the toolkit starts a broker, and runs run."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.test_magics import execute, text_of


def test_from_a_cell_to_a_result(home: Path) -> None:
    doctor, _, registered, started, result, outputs, waited, retried, _, again = execute(
        "%dh doctor",
        "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3]})\nFACTOR = 2",
        "%%dh function scale\ndef scale(df: pd.DataFrame, by: float = 1.0):\n"
        "    print('scaling')\n    return {'scaled': df * by * FACTOR, 'rows': len(df)}",
        "r = %dh run scale df=$df by=0.5 --wait",
        "r.result['rows'], r.result['scaled'].equals(df * 1.0), r.logs()",
        "r.outputs['scaled'],",
        "b = %dh run scale df=dataset/df --timeout 1m\nb.wait()\nb.state",
        "r.retry(by=3.0).wait().result['scaled'].a.tolist()",
        "%dh project other",
        "import dh_kernel as dh\ndh.project('default')\ndh.run('run/scale-1').result['rows'], len(dh.ls('run'))",
    )
    assert "All is well." in text_of(doctor)
    assert text_of(registered).startswith("function/scale@1")
    assert "FACTOR = 2" in text_of(registered)
    assert text_of(started).startswith("df was saved as dataset/df@1\nscale-1 · succeeded")
    assert text_of(result[-1:]) == "(3, True, 'scaling\\n')"
    assert text_of(outputs[-1:]).splitlines()[0] == "(dataset/scaled@1,)"
    assert text_of(waited[-1:]) == "'succeeded'"
    assert text_of(retried[-1:]) == "[6.0, 12.0, 18.0]"
    assert text_of(again[-1:]) == "(3, 3)"


def test_a_failure_is_mapped_to_the_cell(home: Path) -> None:
    outputs = execute(
        "%%dh function bad\ndef bad(x: int = 0):\n    return 1 / x", "r = %dh run bad\nr.result", stop_at_errors=False
    )[1]
    error = outputs[-1]
    assert (error.output_type, error.ename) == ("error", "RunFailed")
    block = "\n".join(error.traceback)
    assert "bad-1 failed: ZeroDivisionError" in block
    assert "return 1 / x" in block
    assert block.endswith("%dh logs bad-1\n%dh retry bad-1")
    assert "dh_code.py" not in block
