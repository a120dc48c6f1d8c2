"""A project and single things, out as YAML and in again, by the SDK's own export and import."""

import json
from pathlib import Path

import digitalhub as dh
from digitalhub.utils.exceptions import EntityError

project = dh.get_or_create_project("first", description="To be moved", labels=["x"])
project.new_artifact(name="notes", kind="artifact", path="s3://datalake/notes.txt", description="Some notes")
project.new_model(name="guess", kind="model", path="s3://datalake/guess/", parameters={"k": 1})
project.new_function(name="double", kind="python", python_version="PYTHON3_10", code_src="double.py", handler="double")
project.new_function(
    name="inline", kind="python", python_version="PYTHON3_10", code="def inline():\n    return 1\n", handler="inline"
)
task = project.get_function("inline").new_task("job")
single = project.get_artifact("notes").export()
whole = Path(project.export())
project.get_function("inline").export()
written = sorted(path.name.split("-")[0] for path in Path().glob("*.yaml"))

dh.delete_artifact("notes", project="first", delete_all_versions=True)
again = dh.import_artifact(file=single)
other = dh.import_artifact(file=single, reset_id=True)
try:
    dh.import_artifact(file=single)
    twice = "accepted"
except EntityError as error:
    twice = type(error).__name__
loaded = dh.load_artifact(single)

dh.delete_project("first", clean_context=True)
imported = dh.import_project(str(whole))
reloaded = dh.load_project(str(whole))
ran = imported.get_function("inline").run("job", local_execution=True)
print(
    json.dumps(
        {
            "written": written,
            "again": [again.metadata.description, again.id != other.id, loaded.id == again.id, twice],
            "project": [imported.metadata.description, imported.metadata.labels, reloaded.name],
            "there": {
                "artifacts": [one.name for one in imported.list_artifacts()],
                "models": [one.spec.parameters for one in imported.list_models()],
                "functions": sorted(one.name for one in imported.list_functions()),
            },
            "ran": [ran.status.state, ran.results()],
        }
    )
)
