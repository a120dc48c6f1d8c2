"""Functions from a file and from source, run here by the server's executor and locally by the SDK."""

import json

import digitalhub as dh

project = dh.get_or_create_project("jobs")

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
fail = project.new_function(
    name="fail", kind="python", python_version="PYTHON3_10", code_src="pipeline.py", handler="fail"
)

without = several.run("job", parameters={"n": 1})
failed = fail.run("job", parameters={"x": "luck"})
prepared = prepare.run("job", parameters={"factor": 2}, wait=True)
local = several.run("job", parameters={"n": 2}, local_execution=True)
trained = train.run("job", inputs={"prices": prepared.status.outputs["prices"]}, parameters={"rate": 0.1}, wait=True)
without.refresh()
failed.refresh()


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
            "without": {"state": without.status.state, "results": without.results(), "outputs": kinds(without)},
            "local": {"state": local.status.state, "results": local.results(), "outputs": kinds(local)},
            "failed": {"state": failed.status.state, "message": failed.status.message, "log": text(failed)},
        }
    )
)
