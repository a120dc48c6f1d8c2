"""ResourceQuota admission: counts of objects, and requests of the pods that are not finished."""

from collections.abc import Iterable, Mapping

from ..quantity import Amounts, format_quantity, parse_quantity, total
from .errors import ApiError, forbidden
from .objects import Object, pod_finished
from .resources import JOBS, PODS, RESOURCE_QUOTAS, Key, Resource
from .store import Store


def requests(pod_spec: Object) -> Amounts:
    """What the pod asks of a node: the sum over its containers."""
    return total(
        {name: parse_quantity(amount) for name, amount in _requested(container)}
        for container in pod_spec.get("containers", [])
    )


def _requested(container: Object) -> Iterable[tuple[str, str]]:
    return (container["resources"].get("requests") or {}).items()


class QuotaAdmission:
    """Refuses what would exceed a quota. A Job itself costs only its count; its pods are refused."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def check(self, key: Key, obj: Object) -> None:
        if key.resource not in (PODS, JOBS):
            return
        for quota_key, quota in self._store.items(RESOURCE_QUOTAS, key.namespace):
            error = self._excess(key, obj, quota_key.name, quota["spec"]["hard"])
            if error:
                raise error

    def _excess(self, key: Key, obj: Object, quota: str, hard: dict[str, str]) -> ApiError | None:
        used = usage(self._store, key.resource, key.namespace)
        wanted = _cost(key, obj)
        exceeded = [
            name for name, limit in hard.items() if name in wanted and used[name] + wanted[name] > parse_quantity(limit)
        ]
        if not exceeded:
            return None
        return forbidden(
            key.resource,
            key.name,
            f"exceeded quota: {quota}, requested: {_list(exceeded, wanted)}, "
            f"used: {_list(exceeded, used)}, "
            f"limited: {','.join(f'{name}={hard[name]}' for name in exceeded)}",
        )


def usage(store: Store, resource: Resource, namespace: str) -> Amounts:
    """What the objects of a kind cost; finished pods only their count."""
    return total(_cost(key, obj) for key, obj in store.items(resource, namespace))


def _cost(key: Key, obj: Object) -> dict[str, float]:
    cost: dict[str, float] = {f"count/{key.resource.qualified}": 1}
    if key.resource == PODS and not pod_finished(obj):
        cost["pods"] = 1
        cost |= {f"requests.{name}": amount for name, amount in requests(obj["spec"]).items()}
    return cost


def _list(names: list[str], amounts: Mapping[str, float]) -> str:
    return ",".join(f"{name}={format_quantity(amounts[name])}" for name in names)
