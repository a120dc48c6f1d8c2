"""Triggers and search, and what goes with what is deleted."""

import json
import time
from pathlib import Path

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
listening = function.trigger(
    "job",
    "lifecycle",
    name="seen",
    key="store://events/artifact/artifact/words",
    states=["READY"],
    template={"parameters": {"n": "{{input.name}}"}},
)


def ended(by):
    for _ in range(120):  # as a user waits for a trigger
        for run in dh.list_runs("events", state="COMPLETED"):
            if by.key in [link.get("dest") for link in run.metadata.relationships]:
                return run
        time.sleep(0.5)
    raise TimeoutError(by.name)


run = ended(scheduled)
scheduled.stop()
Path("words.txt").write_text("zebra")
words = project.log_artifact(name="words", kind="artifact", source="words.txt", description="A list of zebras")
seen = ended(listening)
state = dh.get_trigger(scheduled.key).status.state
found = {
    "scheduled": [run.results(), [link.get("type") for link in run.metadata.relationships]],
    "seen": [seen.results(), words.key in [link.get("dest") for link in seen.metadata.relationships]],
    "stopped": state,
    "zebras": [one.key == words.key for one in project.search_entity("zebras", entity_types=["artifact"])[0]],
    "triggers": sorted(one.name for one in dh.list_triggers("events")),
}
dh.delete_trigger(scheduled.key)
dh.delete_trigger(listening.key)
project.delete_function("tick", delete_all_versions=True)
found["left"] = [len(dh.list_triggers("events")), len(dh.list_tasks("events")), len(dh.list_runs("events"))]
print(json.dumps(found))
