"""Functions from a file and from source, run here by the server's executor and locally by the SDK."""

import json
from pathlib import Path

import digitalhub as dh
import pandas as pd

project = dh.get_or_create_project("jobs")
source = project.log_table(name="source", data=pd.DataFrame({"price": [1.0, 2.0, 3.0]}))
Path("package").mkdir()
Path("package/words.py").write_text("WORDS = 'from a folder'\n")
Path("package/said.py").write_text("from words import WORDS\n\n\ndef say():\n    return WORDS\n")

prepare = project.new_function(
    name="prepare",
    kind="python",
    python_version="PYTHON3_10",
    code_src="pipeline.py",
    handler="prepare",
    requirements=["pandas"],
)
train = project.new_function(
    name="train", kind="python", python_version="PYTHON3_10", code_src="pipeline.py", handler="pipeline:train"
)
several = project.new_function(
    name="several",
    kind="python",
    python_version="PYTHON3_10",
    code='def several(n):\n    return [n, "two", {"three": 3}]\n',
    handler="several",
)
zipped = project.new_function(
    name="zipped", kind="python", python_version="PYTHON3_10", code_src="package/", handler="said:say"
)
fail = project.new_function(
    name="fail", kind="python", python_version="PYTHON3_10", code_src="pipeline.py", handler="fail"
)

without = several.run("job", parameters={"n": 1})
failed = fail.run("job", parameters={"x": "luck"})
folder = zipped.run("job")
prepared = prepare.run("job", inputs={"source": source.key}, parameters={"factor": 2}, wait=True)
local = several.run("job", parameters={"n": 2}, local_execution=True)
trained = train.run("job", inputs={"prices": prepared.status.outputs["prices"]}, parameters={"rate": 0.1}, wait=True)
without.refresh()
failed.refresh()
folder.refresh()


def text(run):
    return "".join(log.text for log in run.logs())


def kinds(run):
    return {name: [one.kind, one.status.state] for name, one in run.outputs().items()}


prices = prepared.output("prices")
pricing = trained.output("pricing")
print(
    json.dumps(
        {
            "prepared": {
                "state": prepared.status.state,
                "results": prepared.results(),
                "outputs": kinds(prepared),
                "prices": prices.as_df()["price"].tolist(),
                "schema": prices.spec.schema["fields"],
                "preview": prices.status.preview,
                "produced_by": [link.get("dest") for link in prices.metadata.relationships],
                "run": prepared.key,
                "log": text(prepared),
            },
            "trained": {
                "state": trained.status.state,
                "message": trained.status.message,
                "outputs": kinds(trained),
                "metrics": trained.metrics,
                "algorithm": pricing.spec.algorithm,
                "model_metrics": pricing.metrics,
                "model": pricing.spec.path.endswith("/"),
                "files": [one["path"] for one in pricing.status.files],
            },
            "zipped": [folder.status.state, folder.status.message, folder.results()],
            "without": {"state": without.status.state, "results": without.results(), "outputs": kinds(without)},
            "local": {"state": local.status.state, "results": local.results(), "outputs": kinds(local)},
            "failed": {"state": failed.status.state, "message": failed.status.message, "log": text(failed)},
        }
    )
)
