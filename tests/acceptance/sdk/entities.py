"""A project and one entity of each type: made, read, changed, found, deleted."""

import json

import digitalhub as dh

project = dh.get_or_create_project("shop", description="A shop", labels=["demo"])
again = dh.get_project("shop")

artifact = project.new_artifact(name="notes", kind="artifact", path="s3://datalake/notes.txt", labels=["text"])
dataitem = project.new_dataitem(name="prices", kind="table", path="s3://datalake/prices.parquet")
model = project.new_model(name="guess", kind="model", path="s3://datalake/guess/", framework="none")
function = project.new_function(
    name="nothing", kind="python", python_version="PYTHON3_10", code="def nothing():\n    pass\n", handler="nothing"
)
secret = project.new_secret(name="key", secret_value="s3cr3t")

function.new_task("job")
nothing_yet = len(dh.list_extensions("shop"))
extension = dh.new_extension("shop", name="more", kind="extension", schema="a-schema")
extension.metadata.description = "Others' own"
dh.update_extension(extension)
project.share("ada")
project.unshare("ada")

second = project.new_artifact(name="notes", kind="artifact", path="s3://datalake/notes-2.txt")
second.metadata.description = "The second"
project.update_artifact(second)
model.log_metric("accuracy", 0.5)
model.log_metric("accuracy", 0.75)
model.log_metrics({"loss": [2.0, 1.0], "size": 3})

found = {
    "project": again.metadata.description,
    "latest": project.get_artifact("notes").metadata.description,
    "by_key": project.get_artifact(artifact.key).spec.path,
    "versions": len(project.get_artifact_versions("notes")),
    "lists": {
        "artifacts": [one.name for one in project.list_artifacts()],
        "all_artifacts": len(project.list_artifacts(versions="all")),
        "named": len(dh.list_artifacts("shop", name="notes")),
        "dataitems": [one.name for one in project.list_dataitems()],
        "models": [one.name for one in project.list_models()],
        "functions": [one.name for one in project.list_functions()],
        "tasks": [[one.kind, one.spec.function == function._get_executable_string()] for one in dh.list_tasks("shop")],
        "secrets": [one.name for one in project.list_secrets()],
        "runs": len(project.list_runs()),
        "extensions": [nothing_yet, *(one.metadata.description for one in project.list_extensions())],
    },
    "metrics": project.get_model("guess").metrics,
    "secret": project.get_secret("key").read_secret_value(),
}

project.delete_artifact("notes", delete_all_versions=True)
project.delete_dataitem(dataitem.key)
project.delete_model(model.key)
project.delete_secret(secret.key)
project.delete_function(function.key)
dh.delete_extension(extension.key)
found["left"] = [len(project.list_artifacts()), len(project.list_dataitems()), len(project.list_models())]
found["left"] += [len(project.list_functions()), len(project.list_secrets()), len(dh.list_tasks("shop"))]
found["left"].append(len(project.list_extensions()))

dh.delete_project("shop", clean_context=True)
found["projects"] = [one.name for one in dh.list_projects() if one.name == "shop"]
print(json.dumps(found))
