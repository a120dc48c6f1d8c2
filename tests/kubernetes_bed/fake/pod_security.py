"""Newer than 1.20: Pod Security admission, level `restricted`, for namespaces that enforce it.

The checks that a broker's own manifests can break, in the words of Kubernetes. A Job is admitted all the
same; its pods are refused, which an Event FailedCreate tells.
"""

from collections.abc import Callable

from .errors import forbidden
from .objects import Object
from .resources import PODS, Key, namespace_key
from .store import Store

ENFORCE_LABEL = "pod-security.kubernetes.io/enforce"
SECCOMP_TYPES = ("RuntimeDefault", "Localhost")


class PodSecurityAdmission:
    def __init__(self, store: Store) -> None:
        self._store = store

    def check(self, key: Key, obj: Object) -> None:
        if key.resource != PODS:
            return
        namespace = self._store.require(namespace_key(key.namespace))
        labels = namespace["metadata"].get("labels") or {}
        if labels.get(ENFORCE_LABEL) == "restricted" and (found := violations(obj["spec"])):
            why = f'violates PodSecurity "restricted:latest": {", ".join(found)}'
            raise forbidden(PODS, key.name, why)


def violations(spec: Object) -> list[str]:
    """What the level forbids, one sentence for each rule."""
    pod = spec.get("securityContext") or {}
    found = []
    for title, holds, remedy, pod_may in _RULES:
        if pod_may and holds(pod):
            continue
        containers = (spec.get("initContainers") or []) + spec["containers"]
        wrong = [item["name"] for item in containers if not holds(item.get("securityContext") or {})]
        if wrong:
            who = ("pod or " if pod_may else "") + _names(wrong)
            found.append(f"{title} ({who} must set securityContext.{remedy})")
    return found


def _names(names: list[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"containers {quoted}" if len(names) > 1 else f"container {quoted}"


def _no_escalation(context: Object) -> bool:
    return context.get("allowPrivilegeEscalation") is False


def _drops_all(context: Object) -> bool:
    return "ALL" in ((context.get("capabilities") or {}).get("drop") or [])


def _not_root(context: Object) -> bool:
    return context.get("runAsNonRoot") is True


def _seccomp(context: Object) -> bool:
    return (context.get("seccompProfile") or {}).get("type") in SECCOMP_TYPES


Rule = tuple[str, Callable[[Object], bool], str, bool]  # the last: may the pod say it for all?

_RULES: list[Rule] = [
    ("allowPrivilegeEscalation != false", _no_escalation, "allowPrivilegeEscalation=false", False),
    ("unrestricted capabilities", _drops_all, 'capabilities.drop=["ALL"]', False),
    ("runAsNonRoot != true", _not_root, "runAsNonRoot=true", True),
    ("seccompProfile", _seccomp, 'seccompProfile.type to "RuntimeDefault" or "Localhost"', True),
]
