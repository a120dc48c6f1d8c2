"""What we may do in a cluster, which is what we do there and no more: the same as deploy/rbac.yaml. Nothing of nodes, no
reading of secrets, no other namespace."""

from __future__ import annotations

from dataclasses import dataclass

from .client import Client, Unreachable
from .refusals import Refused

_HEAD = ("apiVersion: rbac.authorization.k8s.io/v1", "kind: Role")
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(frozen=True)
class Right:
    """On one resource of an API group, in our namespace; `pods/log` is a subresource."""

    group: str
    resource: str
    verbs: tuple[str, ...]


WORKLOADS = Right("kueue.x-k8s.io", "workloads", ("list", "watch"))
PLACES = Right("visibility.kueue.x-k8s.io", "localqueues/pendingworkloads", ("get",))
ADDED = (WORKLOADS, PLACES)  # of what only some clusters serve
ENDS_PODS = Right("", "pods", ("delete",))  # where they have one Job: those of a map
RIGHTS = (
    Right("batch", "jobs", ("create", "delete", "get", "list", "watch")),
    Right("", "pods", ("delete", "list", "watch")),
    Right("", "pods/log", ("get",)),
    Right("", "pods/portforward", ("create", "get")),
    Right("", "events", ("list", "watch")),
    Right("", "configmaps", ("create", "delete", "list")),
    Right("", "secrets", ("create", "delete", "patch")),
    Right("", "services", ("create", "delete", "patch")),
    Right("", "resourcequotas", ("list",)),
)


def allows(client: Client, right: Right) -> bool:
    """Whether we have all of it. Raises Refused or Unreachable."""
    return all(_may(client, right, verb) for verb in right.verbs)


def missing(client: Client) -> tuple[Right, ...]:
    """Of `RIGHTS`, and of `ADDED` where that is served, as the cluster itself answers for who asks.

    Raises Refused or Unreachable."""
    asked = ((right, tuple(verb for verb in right.verbs if not _may(client, right, verb))) for right in _wanted(client))
    return tuple(Right(right.group, right.resource, verbs) for right, verbs in asked if verbs)


def _wanted(client: Client) -> tuple[Right, ...]:
    served = {group["name"] for group in client.call("GET", "/apis").get("groups") or []}
    return (*RIGHTS, *(right for right in ADDED if right.group in served))


def _may(client: Client, right: Right, verb: str) -> bool:
    resource, _, part = right.resource.partition("/")
    wanted = {"namespace": client.namespace, "verb": verb, "group": right.group, "resource": resource}
    if part:
        wanted["subresource"] = part
    answer = client.call("POST", REVIEWS, {"spec": {"resourceAttributes": wanted}})
    return bool(answer["status"].get("allowed"))


def examine(client: Client) -> tuple[bool, str]:
    """For the doctor: whether all is allowed, and what an administrator has to apply if not."""
    try:
        lacking = missing(client)
    except (Refused, Unreachable) as error:
        return False, f"they can't be asked for: {error}"
    if not lacking:
        return True, f"all that is needed in the namespace {client.namespace}"
    words = "; ".join(f"{', '.join(right.verbs)} {right.resource}" for right in lacking)
    what = f"missing: {words}. Your administrator can give them to this server's account by this, and a RoleBinding:"
    return False, f"{what}\n{role_yaml(lacking, client.namespace)}"


def role_yaml(rights: tuple[Right, ...], namespace: str) -> str:
    """A Role, as it is applied. Who is to have it, the cluster does not tell us."""
    rules = (
        f'- {{apiGroups: ["{one.group}"], resources: [{one.resource}], verbs: [{", ".join(one.verbs)}]}}'
        for one in rights
    )
    return "\n".join([*_HEAD, f"metadata: {{name: dh-broker, namespace: {namespace}}}", "rules:", *rules])
