"""Why no node takes a pod: the scheduler's sentence, by cause."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .facts import Facts, condition
from .finding import Finding, sticks, waits
from .words import joined, sentence, shortened

_WHOLE = re.compile(r"0/(?P<all>\d+) nodes are available: (?P<parts>.*)", re.DOTALL)
_PART = re.compile(r"(?P<count>\d+) (?P<why>.+?)(?=, \d+ (?!node\(s\) \d)|\.\s|\.$|$| preemption:)")
_TAINT = re.compile(r"taint \{(?P<key>[^:}]+)(?:: ?(?P<value>[^}]*))?\}")
_CLAIM = re.compile(r'persistentvolumeclaim "(?P<claim>[^"]+)" (?P<why>not found|.*being deleted)')
_OF_NODES = {
    "not-ready": "not ready",
    "unreachable": "not reachable",
    "unschedulable": "closed for new work",
    "memory-pressure": "short of memory",
    "disk-pressure": "short of disk",
    "pid-pressure": "full of processes",
    "network-unavailable": "without a network",
    "control-plane": "for the cluster itself",
    "master": "for the cluster itself",
}
_PROFILE = "Take another profile: %dh profile lists them"


def unscheduled(facts: Facts) -> Finding | None:
    """While the pod has no node."""
    scheduled = condition(facts.pod, "PodScheduled")
    if facts.pod is None or facts.spec.get("nodeName") or scheduled.get("status") != "False":
        return None
    said = str(scheduled.get("message") or facts.told("FailedScheduling"))
    if scheduled.get("reason") == "SchedulingGated":
        return waits("scheduling_gate", "Waiting for the cluster's leave to be scheduled.", detail=said)
    if missing := _CLAIM.search(said):
        return _no_claim(missing, said)
    if "unbound immediate PersistentVolumeClaims" in said:
        cure = "Look at the claim's events, or ask your administrator: kubectl describe pvc"
        return waits(
            "volume_unbound", "Waiting for a volume: no storage is bound to a claim that it names.", cure, said
        )
    return _by_cause(facts, said)


def _no_claim(missing: re.Match[str], said: str) -> Finding:
    what = f"There is no volume claim '{missing['claim']}' in the namespace."
    cure = f"Make the claim, or correct the profile. {_PROFILE}"
    return sticks("volume_missing", what, cure, said)


def _by_cause(facts: Facts, said: str) -> Finding:
    whole = _WHOLE.search(said)
    if not whole:
        none = "no nodes available" in said
        summary = (
            "The cluster has no nodes now." if none else f"Waiting for a node. {sentence(shortened(said))}".strip()
        )
        return waits("unschedulable", summary, detail=_scaling(facts))
    parts = [
        (int(found["count"]), found["why"]) for found in _PART.finditer(whole["parts"].partition(" preemption:")[0])
    ]
    why = _causes(int(whole["all"]), parts, facts)
    fits_none = bool(parts) and all(_is_lasting(why) for _, why in parts)
    scaling = _scaling(facts)
    growing = scaling.startswith("The cluster starts a")
    summary = f"Waiting for a node: {why}."
    cure = f"Ask for less, or take another profile (%dh profile lists them): %dh stop RUN, then %dh retry RUN {_flags(parts)}"
    if fits_none:
        summary = f"No node fits: {why}."
        cure = f"{_PROFILE}; or ask your administrator."
    if growing:
        summary, cure = f"{summary} {scaling}", ""
    return waits("unschedulable", summary, cure, scaling if not growing else "", stuck=fits_none and not growing)


def _causes(nodes: int, parts: list[tuple[int, str]], facts: Facts) -> str:
    """`of 5 nodes, 2 have … and 3 are …`; `all 5 have …`; `the only one has …`."""
    if len(parts) == 1 and parts[0][0] == nodes:
        return _words("the only one" if nodes == 1 else f"all {nodes}", nodes, parts[0][1], facts)
    return f"of {nodes} nodes, {joined([_words(str(count), count, why, facts) for count, why in parts])}"


def _words(who: str, count: int, why: str, facts: Facts) -> str:
    have, are = ("has", "is") if count == 1 else ("have", "are")
    if why.startswith("Insufficient "):
        resource = why.removeprefix("Insufficient ")
        return f"{who} {have} too {'few' if '/' in resource else 'little'} {resource} free"
    if taint := _TAINT.search(why):
        word = _OF_NODES.get(taint["key"].rpartition("/")[2])
        value = f"={taint['value']}" if taint["value"] else ""
        return f"{who} {are} {word}" if word else f"{who} {are} kept for others (taint {taint['key']}{value})"
    if "node affinity/selector" in why or "node selector" in why or why.endswith("Pod's node affinity"):
        return f"{who} {have} other labels than asked for{_selector(facts.spec)}"
    if "Too many pods" in why:
        return f"{who} {are} full of pods"
    if "volume node affinity" in why:
        return f"{who} can't reach its volume"
    if "were unschedulable" in why:
        return f"{who} {are} closed for new work"
    return f"{who}: {shortened(why, 120)}"


def _is_lasting(why: str) -> bool:
    """Whether waiting does not help: taints that are no passing state of a node, labels, volumes."""
    if taint := _TAINT.search(why):
        return _OF_NODES.get(taint["key"].rpartition("/")[2], "for the cluster itself") == "for the cluster itself"
    return "affinity" in why or "selector" in why


def _selector(spec: Mapping[str, object]) -> str:
    asked = spec.get("nodeSelector")
    labels = [f"{name}={value}" for name, value in asked.items()] if isinstance(asked, Mapping) else []
    return f" ({', '.join(labels)})" if labels else ""


def _flags(parts: list[tuple[int, str]]) -> str:
    """The option for the first thing that is short."""
    short = next((why.removeprefix("Insufficient ") for _, why in parts if why.startswith("Insufficient ")), "cpu")
    if "/" in short:
        return "--gpu N"
    return {"memory": "--memory SIZE", "ephemeral-storage": "--disk SIZE"}.get(short, "--cpu N")


def _scaling(facts: Facts) -> str:
    """What the cluster's autoscaler says of it: it may start a machine."""
    if said := facts.told("TriggeredScaleUp"):
        found = re.search(r"\{(\S+) (\d+)->(\d+)", said)
        return f"The cluster starts a machine for it{f' ({found[1]}: {found[2]} → {found[3]})' if found else ''}."
    if facts.told("Nominated", says="should schedule on"):
        return "The cluster starts a machine for it."
    if said := facts.told("NotTriggerScaleUp"):
        return f"The cluster starts no machine for it: {sentence(shortened(said.rpartition('scale-up: ')[2]))}"
    return ""
