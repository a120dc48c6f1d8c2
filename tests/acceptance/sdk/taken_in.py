"""What `dh export project` wrote, by the SDK's own import."""

import json
import os

import digitalhub as dh

os.chdir("out")  # paths in it are from its folder
project = dh.import_project("dh.yaml")
print(
    json.dumps(
        {
            "project": [project.name, project.metadata.description, project.metadata.labels],
            "artifacts": [one.spec.path for one in project.list_artifacts()],
            "models": [one.spec.parameters for one in project.list_models()],
            "functions": sorted(one.name for one in project.list_functions()),
            "ran": project.get_function("inline").run("job", local_execution=True).results(),
        }
    )
)
