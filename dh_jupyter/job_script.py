"""*Save and Export Notebook As → Job script*, and `jupyter nbconvert --to "job script"`."""

from __future__ import annotations

import json
from typing import Any

from nbconvert.exporters import Exporter


class JobScriptExporter(Exporter):
    """A `.py` that `%dh job` and `dh-job` take."""

    export_from_notebook = "Job script"
    output_mimetype = "text/x-python"

    def _file_extension_default(self) -> str:
        return ".py"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
        """The script and the resources. Raises Invalid for what is no notebook of Python."""
        from dh_kernel.notebooks.document import read_notebook
        from dh_kernel.notebooks.export import script_of

        copy, resources = super().from_notebook_node(nb, resources, **kw)
        name = (resources.get("metadata") or {}).get("name") or "notebook"
        return script_of(read_notebook(json.dumps(copy), f"{name}.ipynb")), resources
