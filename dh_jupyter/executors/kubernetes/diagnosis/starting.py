"""Why a pod that has a node does not begin: what its containers refer to, its volumes, its sandbox, its command."""

from __future__ import annotations

import re
from dataclasses import replace

from .facts import Facts
from .finding import Finding, ends, sticks, waits
from .words import sentence, shortened

_PROFILE = "have the profile corrected, or take another: %dh profile lists them"
_AGAIN = "Run it again: %dh retry RUN"
_MISSING = re.compile(r"(?P<kind>secret|configmap) \"(?P<name>[^\"]+)\" not found", re.IGNORECASE)
_KEY = re.compile(r"couldn't find key (?P<key>\S+) in (?P<kind>Secret|ConfigMap) (?:\S+/)?(?P<name>[^\s/]+)")
_REFERENCE = re.compile(r"references non-existent (?P<kind>secret|config) key: (?P<key>\S+)")
_VOLUME = re.compile(r"for volume \"(?P<one>[^\"]+)\"|unmounted volumes=\[(?P<many>[^\]]+)\]")
_EXECUTABLE = re.compile(
    r'exec: "(?P<program>[^"]+)": (?:executable file not found|.*no such file|.*permission denied)', re.IGNORECASE
)


def not_begun(facts: Facts) -> Finding | None:
    """While the worker's container waits for something that is no image."""
    if facts.pod is None or facts.state("running") or facts.state("terminated"):
        return None
    waiting = facts.state("waiting")
    reason, said = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
    if reason == "CreateContainerConfigError":
        return config_error(said)
    if reason in (
        "CreateContainerError",
        "RunContainerError",
        "CrashLoopBackOff",
        "PreStartHookError",
        "PostStartHookError",
    ):
        found = start_error(said)
        return replace(found, waiting=True, stuck=found.code != "start")
    return _unmounted(facts) or _no_sandbox(facts) or _other_failed(facts) or _under_way(facts)


def config_error(said: str) -> Finding:
    """What the container refers to is not there, or it may not run as it is."""
    if found := _KEY.search(said):
        what = f"The {found['kind']} '{found['name']}' has no key '{found['key']}'."
        return sticks("config_key", what, f"Add it, or {_PROFILE}", said)
    if found := _MISSING.search(said):
        return _not_there(found["kind"], found["name"], said)
    if "runAsNonRoot" in said:
        what = "Its image would run as root, which the cluster forbids."
        cure = "Your administrator can set a numeric user (DhExtension.kubernetes_user), or give the image one."
        return sticks("image_root", what, cure, said)
    return sticks("config", f"Its container can't be set up: {sentence(shortened(said))}", f"Ask to {_PROFILE}")


def _not_there(kind: str, name: str, said: str) -> Finding:
    shown = {"secret": "Secret", "configmap": "ConfigMap"}[kind.lower()]
    if name.startswith("dh-"):
        what = f"What it brings along is gone from the cluster: {shown} '{name}'."
        return sticks("objects_gone", what, "Start it anew: %dh stop RUN, then %dh retry RUN", said)
    what = f"There is no {shown} '{name}' in the namespace."
    return sticks("config_missing", what, f"Make it, or {_PROFILE}", said)


def start_error(said: str) -> Finding:
    """The node could not start the container's program."""
    if "argument list too long" in said:
        what = "Its arguments and variables together are too long for the system (128 KiB each)."
        cure = "Pass large values as a file or a dataset: %dh dataset NAME FILE"
        return ends("arguments", what, cure, said)
    if "nvidia-container-cli" in said or "libnvidia-ml" in said:
        what = "The node could not give it its GPU: driver and image do not fit, or the node is not set up for GPUs."
        cure = f"Take an image for an older CUDA, or {_PROFILE}"
        return ends("gpu_driver", what, cure, said)
    if found := _EXECUTABLE.search(said):
        what = f"Its image has no '{found['program']}': a run needs an image with Python 3.9 or newer."
        return ends("image_python", what, f"To get one, {_PROFILE}", said)
    if "exec format error" in said:
        what = "Its image is built for another kind of processor than the node's."
        return ends("image_platform", what, f"To mend it, {_PROFILE}", said)
    return ends("start", f"The node could not start its container: {sentence(shortened(said))}", _AGAIN)


def _unmounted(facts: Facts) -> Finding | None:
    said = facts.told("FailedMount", "FailedAttachVolume", "FailedMapVolume")
    if not said or not facts.spec.get("nodeName"):
        return None
    if found := _MISSING.search(said):
        return _not_there(found["kind"], found["name"], said)
    if found := _REFERENCE.search(said):
        what = f"A volume names a key that is not there: '{found['key']}'."
        return sticks("config_key", what, f"Add it, or {_PROFILE}", said)
    volume = _VOLUME.search(said)
    name = f" '{volume['one'] or volume['many']}'" if volume else ""
    if "Multi-Attach" in said:
        what = f"The volume{name} is in use on another machine, and only one may have it."
        cure = "It starts when the other run ends; what runs: %dh ls run --state running"
        return waits("volume_busy", what, cure, said)
    summary = f"The volume{name} can't be mounted: {sentence(shortened(_reason_of(said)))}"
    return waits("volume", summary, "It is tried again. If it stays so, ask your administrator.", said)


def _reason_of(said: str) -> str:
    """What stands after the volume's name."""
    return re.split(r'for volume(?: "[^"]+")?\s*: ', said, maxsplit=1)[-1]


def _no_sandbox(facts: Facts) -> Finding | None:
    said = facts.told("FailedCreatePodSandBox")
    if not said:
        return None
    if found := re.search(r'no runtime for "([^"]+)" is configured', said):
        what = f"The node does not have the runtime class '{found[1]}'."
        return sticks("runtime_class", what, f"Your administrator may {_PROFILE}", said)
    why = sentence(shortened(said.rpartition("desc = ")[2] or said))
    summary = f"The node could not set up its network or its sandbox: {why}"
    return waits("sandbox", summary, "It is tried again. If it stays so, ask your administrator.")


def _other_failed(facts: Facts) -> Finding | None:
    """A container that the cluster has put before ours (a mesh's, a vault's) and that does not do its work."""
    for name, state in facts.others:
        ended, waiting = state.get("terminated") or {}, state.get("waiting") or {}
        if ended.get("exitCode") or waiting.get("reason") in (
            "CrashLoopBackOff",
            "RunContainerError",
            "CreateContainerConfigError",
        ):
            said = str(ended.get("message") or waiting.get("message") or ended.get("reason") or waiting.get("reason"))
            code = f" with exit code {ended['exitCode']}" if ended.get("exitCode") else ""
            what = f"The container '{name}', which the cluster starts before the run, failed{code}."
            return waits("init", what, "Ask your administrator; or run it again: %dh retry RUN", shortened(said, 2000))
    return None


def _under_way(facts: Facts) -> Finding | None:
    """Nothing is wrong: how far it is."""
    if not facts.spec.get("nodeName"):
        return waits("starting", "Waiting for a node.")
    last = next((one for one in reversed(facts.events) if one.get("reason") in ("Pulling", "Pulled", "Created")), {})
    if last.get("reason") == "Pulling":
        image = re.search(r'"([^"]+)"', str(last.get("message")))
        return waits("starting", f"Fetching its image{f' {image[1]}' if image else ''}.")
    return waits("starting", "Starting its container.")
