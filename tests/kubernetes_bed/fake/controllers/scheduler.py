"""The scheduler: binds pods to nodes or says why it cannot, in Kubernetes' words.

Real: requests, node selector, required node affinity, taints, unschedulable nodes, priorities' order.
Not real: preferences, topology, preemption, volumes.
"""

import copy
from collections import Counter
from collections.abc import Iterable

from ...quantity import Amounts, parse_quantity, total
from ..objects import Object, field, pod_finished, terminating, timestamp, with_condition
from ..quota import requests
from ..resources import NODES, PODS, Key
from ..store import Change
from .base import Controller

ALL_PODS = Key(PODS, "", "")
SCHEDULER = "default-scheduler"


class Scheduler(Controller):
    def concerns(self, change: Change) -> Iterable[Key]:
        if change.key.resource in (PODS, NODES):
            yield ALL_PODS

    def sync(self, key: Key) -> None:
        """One pass over all waiting pods, the most important and oldest first."""
        nodes = self.store.objects(NODES)
        usage = {node["metadata"]["name"]: total([]) for node in nodes}
        waiting = []
        for pod_key, pod in self.store.items(PODS):
            node_name = pod["spec"].get("nodeName")
            if node_name in usage and not pod_finished(pod):
                usage[node_name] = total([usage[node_name], _demand(pod)])
            elif _waits(pod):
                waiting.append((pod_key, pod))
        for pod_key, pod in sorted(waiting, key=lambda item: _queue_order(item[1])):
            self._place(pod_key, pod, nodes, usage)

    def _place(self, key: Key, pod: Object, nodes: list[Object], usage: dict[str, Amounts]) -> None:
        reasons: Counter[str] = Counter()
        fitting = []
        for node in nodes:
            name = node["metadata"]["name"]
            if reason := why_not(pod, node, usage[name]):
                reasons[reason] += 1
            else:
                fitting.append((sum(usage[name].values()), name))
        if fitting:
            _, chosen = min(fitting)
            usage[chosen] = total([usage[chosen], _demand(pod)])
            self._bind(key, pod, chosen)
        else:
            self._report(key, pod, _unschedulable_message(len(nodes), reasons))

    def _bind(self, key: Key, pod: Object, node_name: str) -> None:
        bound = copy.deepcopy(pod)
        bound["spec"]["nodeName"] = node_name
        _set_scheduled(bound, {"status": "True"})
        self.store.replace(key, bound)
        message = f"Successfully assigned {key.namespace}/{key.name} to {node_name}"
        self.registry.event(PODS, bound, "Normal", "Scheduled", message)

    def _report(self, key: Key, pod: Object, message: str) -> None:
        known = field(pod, "status.conditions") or []
        if any(item.get("message") == message for item in known):
            return
        waiting = copy.deepcopy(pod)
        new = {"status": "False", "reason": "Unschedulable", "message": message}
        _set_scheduled(waiting, new)
        self.store.replace(key, waiting)
        self.registry.event(PODS, waiting, "Warning", "FailedScheduling", message)


def why_not(pod: Object, node: Object, usage: Amounts) -> str:
    """Why the pod cannot run on the node, '' if it can."""
    spec, labels = pod["spec"], node["metadata"].get("labels") or {}
    if field(node, "spec.unschedulable"):
        return "node(s) were unschedulable"
    if not _selected(spec, labels):
        return "node(s) didn't match Pod's node affinity"
    for taint in field(node, "spec.taints") or []:
        if taint["effect"] != "PreferNoSchedule" and not _tolerated(spec, taint):
            shown = f"{{{taint['key']}: {taint.get('value', '')}}}"
            return f"node(s) had taint {shown}, that the pod didn't tolerate"
    allocatable = field(node, "status.allocatable") or {}
    for name, amount in _demand(pod).items():
        if usage[name] + amount > parse_quantity(allocatable.get(name, 0)):
            return "Too many pods" if name == "pods" else f"Insufficient {name}"
    return ""


def _selected(spec: Object, labels: dict[str, str]) -> bool:
    selector = spec.get("nodeSelector") or {}
    if any(labels.get(name) != value for name, value in selector.items()):
        return False
    required = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    terms = field(spec, f"{required}.nodeSelectorTerms")
    return terms is None or any(
        all(_expression_holds(item, labels) for item in term.get("matchExpressions") or []) for term in terms
    )


def _expression_holds(expression: Object, labels: dict[str, str]) -> bool:
    value, operator = labels.get(expression["key"]), expression["operator"]
    if operator in ("Exists", "DoesNotExist"):
        return (value is not None) == (operator == "Exists")
    return (value in expression["values"]) == (operator == "In")


def _tolerated(spec: Object, taint: Object) -> bool:
    return any(_tolerates(toleration, taint) for toleration in spec.get("tolerations") or [])


def _tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    same_key = toleration.get("key") == taint["key"]
    return same_key and toleration.get("value", "") == taint.get("value", "")


def _demand(pod: Object) -> Amounts:
    return total([requests(pod["spec"]), {"pods": 1}])


def _waits(pod: Object) -> bool:
    return (
        not pod["spec"].get("nodeName")
        and pod["spec"].get("schedulerName") == SCHEDULER
        and pod["status"].get("phase") == "Pending"
        and not terminating(pod)
    )


def _queue_order(pod: Object) -> tuple[int, str, str]:
    metadata = pod["metadata"]
    return -(pod["spec"].get("priority") or 0), metadata["creationTimestamp"], metadata["name"]


def _unschedulable_message(nodes: int, reasons: Counter[str]) -> str:
    if not nodes:
        return "no nodes available to schedule pods"
    counted = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    return f"0/{nodes} nodes are available: {counted}."


def _set_scheduled(pod: Object, new: Object) -> None:
    scheduled = {"type": "PodScheduled", "lastTransitionTime": timestamp(), **new}
    conditions = pod["status"].get("conditions") or []
    pod["status"]["conditions"] = with_condition(conditions, scheduled)
