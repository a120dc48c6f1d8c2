"""*Save and Export Notebook As → Job script*, as JupyterLab asks for it."""

from __future__ import annotations

from pathlib import Path

import nbformat

from tests.fixtures.server import InProcess

ADDRESS = "/nbconvert/job%20script/a%20folder/plan.ipynb"


async def test_the_menu_gives_a_file(server: InProcess) -> None:
    folder = Path(server.app.root_dir) / "a folder"
    folder.mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("rate = 0.1")])
    nbformat.write(notebook, folder / "plan.ipynb")
    offered = (await server.ask("GET", "/api/nbconvert")).body
    assert offered["job script"]["output_mimetype"] == "text/x-python"  # else the menu does not show it
    answer = await server.ask("GET", f"{ADDRESS}?download=true")
    assert answer.status == 200, answer
    assert b"rate = 0.1" in answer.body
    assert "plan.py" in answer.headers["Content-Disposition"]
    assert (await server.ask("GET", ADDRESS, token=None)).status in (302, 403)
    assert (await server.ask("GET", ADDRESS.replace("plan", "none"))).status == 404
