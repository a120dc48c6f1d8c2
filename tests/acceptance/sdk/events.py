"""Triggers and search, and what goes with what is deleted."""

import json
import time

import digitalhub as dh

project = dh.get_or_create_project("events", labels=["x"])
function = project.new_function(
    name="tick",
    kind="python",
    python_version="PYTHON3_10",
    code="def tick(n=1):\n    return n\n",
    handler="tick",
)
scheduled = function.trigger(
    "job", "scheduler", name="often", schedule="0/1 * * * * ?", template={"parameters": {"n": 2}}
)
project.new_artifact(name="words", kind="artifact", path="s3://datalake/words.txt", description="A list of zebras")


def fired():
    return [run for run in dh.list_runs("events") if run.status.state == "COMPLETED"]


while not fired():
    time.sleep(1)  # as a user waits for a schedule
run = fired()[0]
scheduled.stop()
state = dh.get_trigger(scheduled.key).status.state
found = {
    "results": run.results(),
    "kinds": [link.get("type") for link in run.metadata.relationships],
    "stopped": state,
    "triggers": [one.name for one in dh.list_triggers("events")],
    "search": [one.name for one in project.search_entity(query="zebras")],
    "by_type": sorted(one.name for one in project.search_entity(entity_types=["function"], name="tick")),
}
dh.delete_trigger(scheduled.key)
project.delete_function("tick", delete_all_versions=True)
found["left"] = [len(dh.list_triggers("events")), len(dh.list_tasks("events")), len(dh.list_runs("events"))]
print(json.dumps(found))
