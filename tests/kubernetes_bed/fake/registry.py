"""Create, update and delete, as the API server does them on the way to its storage.

Controllers call the same methods as requests do. With `dry_run` every check is made and the answer is
the object that would be stored, but nothing is written.
"""

import contextlib
import copy
import random
import uuid
from dataclasses import dataclass

from .defaults import set_defaults
from .errors import ApiError, already_exists, bad_request, forbidden, modified, not_found, other_uid
from .objects import Object, pod_finished, terminating, timestamp, uid_of
from .pod_security import PodSecurityAdmission
from .quota import QuotaAdmission
from .resources import EVENTS, JOBS, NAMESPACES, PODS, Key, Resource, namespace_key
from .store import Store
from .validation import validate, validate_update

SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
FOREGROUND = "foregroundDeletion"  # the finalizer that waits for the dependents

# metadata that a client cannot change by an update
SYSTEM_METADATA = (
    "uid",
    "name",
    "namespace",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)


@dataclass(frozen=True)
class DeleteOptions:
    propagation: str | None = None  # Background, Foreground, Orphan
    grace: int | None = None  # seconds, pods only
    uid: str | None = None  # precondition


BACKGROUND = DeleteOptions(propagation="Background")


class Registry:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._admission = (PodSecurityAdmission(store), QuotaAdmission(store))

    def create(self, resource: Resource, namespace: str, body: Object, dry_run: bool = False) -> Object:
        obj = copy.deepcopy(body)
        key = self._identify(resource, namespace, obj)
        set_defaults(resource, obj)
        validate(key, obj)
        if self.store.get(key) is not None:
            raise already_exists(key)
        for admission in self._admission:
            admission.check(key, obj)
        return obj if dry_run else self.store.add(key, obj)

    def update(self, key: Key, new: Object, dry_run: bool = False) -> Object:
        """Replaces everything but the status and the system's metadata."""
        old = self.store.require(key)
        self._check_versions(key, old, new["metadata"])
        obj = copy.deepcopy(new)
        obj.pop("status", None)
        if "status" in old:
            obj["status"] = copy.deepcopy(old["status"])
        _keep_system_metadata(old["metadata"], obj["metadata"])
        if key.resource in (PODS, JOBS):
            validate_update(key, old, obj)
        if obj.get("spec") != old.get("spec"):
            obj["metadata"]["generation"] = old["metadata"].get("generation", 1) + 1
        validate(key, obj)
        return self._write_update(key, old, obj, dry_run)

    def update_status(self, key: Key, new: Object, dry_run: bool = False) -> Object:
        """Replaces the status; of the metadata only the labels come along."""
        old = self.store.require(key)
        self._check_versions(key, old, new["metadata"])
        obj = copy.deepcopy(old)
        obj["status"] = copy.deepcopy(new.get("status") or {})
        if labels := new["metadata"].get("labels"):
            obj["metadata"]["labels"] = labels
        return self._write_update(key, old, obj, dry_run)

    def set_status(self, key: Key, status: Object) -> Object:
        """As `update_status`, for controllers: whatever the current version is."""
        return self.update_status(key, {"metadata": {}, "status": status})

    def delete(self, key: Key, options: DeleteOptions, dry_run: bool = False) -> Object:
        """Removes the object, or marks it terminating when something must happen before."""
        old = self.store.require(key)
        if options.uid and options.uid != uid_of(old):
            raise other_uid(key, options.uid, uid_of(old))
        if dry_run:
            return old
        obj = copy.deepcopy(old)
        self._plan_dependents(key, obj, options.propagation)
        grace = _grace_period(key.resource, obj, options.grace)
        keeps = obj["metadata"].get("finalizers") or self._has_contents(key)
        if grace or keeps:
            return self._mark_terminating(key, obj, grace)
        return self.store.remove(key, obj)

    def event(self, resource: Resource, about: Object, kind: str, reason: str, message: str) -> None:
        """Records an Event, as controllers do. Nothing is recorded in a terminating namespace."""
        metadata = about["metadata"]
        now = timestamp()
        body = {
            "metadata": {"name": f"{metadata['name']}.{uuid.uuid4().hex[:16]}"},
            "involvedObject": {
                "apiVersion": resource.group_version,
                "kind": resource.kind,
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
            "type": kind,
            "reason": reason,
            "message": message,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": {"component": "fake-control-plane"},
        }
        with contextlib.suppress(ApiError):
            self.create(EVENTS, metadata["namespace"], body)

    def _identify(self, resource: Resource, namespace: str, obj: Object) -> Key:
        """Fills in kind and system metadata; the key is where the object will be."""
        metadata = obj.setdefault("metadata", {})
        if metadata.get("resourceVersion"):
            message = "resourceVersion should not be set on objects to be created"
            raise ApiError(500, "InternalError", message)
        if not metadata.get("name") and metadata.get("generateName"):
            suffix = "".join(random.choices(SUFFIX_LETTERS, k=5))
            metadata["name"] = metadata["generateName"] + suffix
        name = metadata.get("name", "")
        if resource.namespaced:
            self._check_namespace(resource, namespace, metadata)
            metadata["namespace"] = namespace
        obj["apiVersion"], obj["kind"] = resource.group_version, resource.kind
        metadata["uid"] = str(uuid.uuid4())
        metadata["creationTimestamp"] = timestamp()
        metadata["generation"] = 1
        metadata.pop("deletionTimestamp", None)
        return Key(resource, namespace if resource.namespaced else "", name)

    def _check_namespace(self, resource: Resource, namespace: str, metadata: Object) -> None:
        if metadata.get("namespace", namespace) != namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        found = self.store.get(namespace_key(namespace))
        if found is None:
            raise not_found(namespace_key(namespace))
        if terminating(found):
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            raise forbidden(resource, metadata.get("name", ""), why)

    def _check_versions(self, key: Key, old: Object, sent: Object) -> None:
        if sent.get("uid") and sent["uid"] != uid_of(old):
            raise other_uid(key, sent["uid"], uid_of(old))
        version = sent.get("resourceVersion")
        if version and version != old["metadata"]["resourceVersion"]:
            raise modified(key)

    def _write_update(self, key: Key, old: Object, obj: Object, dry_run: bool) -> Object:
        if _equal_but_version(old, obj):
            return old
        if dry_run:
            return obj
        self.store.replace(key, obj)
        if terminating(obj) and not obj["metadata"].get("finalizers") and _grace_over(key, obj):
            return self.store.remove(key, copy.deepcopy(obj))
        return obj

    def _plan_dependents(self, key: Key, obj: Object, propagation: str | None) -> None:
        dependents = self.store.owned_by(uid_of(obj))
        # batch/v1 keeps the trap of its first version: without a policy the pods are orphaned
        policy = propagation or ("Orphan" if key.resource == JOBS else "Background")
        if policy == "Foreground" and dependents:
            finalizers = obj["metadata"].setdefault("finalizers", [])
            if FOREGROUND not in finalizers:
                finalizers.append(FOREGROUND)
        if policy == "Orphan":
            for dependent_key, dependent in dependents:
                orphan = copy.deepcopy(dependent)
                orphan["metadata"]["ownerReferences"] = []
                self.store.replace(dependent_key, orphan)

    def _has_contents(self, key: Key) -> bool:
        return key.resource == NAMESPACES and bool(self.store.keys_in_namespace(key.name))

    def _mark_terminating(self, key: Key, obj: Object, grace: int) -> Object:
        metadata = obj["metadata"]
        if terminating(obj) and grace >= metadata.get("deletionGracePeriodSeconds", 0):
            return obj
        metadata.setdefault("deletionTimestamp", timestamp())
        metadata["deletionGracePeriodSeconds"] = grace
        return self.store.replace(key, obj)


def _keep_system_metadata(old: Object, new: Object) -> None:
    for name in SYSTEM_METADATA:
        new.pop(name, None)
        if name in old:
            new[name] = old[name]


def _equal_but_version(old: Object, new: Object) -> bool:
    version = {"resourceVersion": old["metadata"]["resourceVersion"]}
    return {**new, "metadata": {**new["metadata"], **version}} == old


def _grace_period(resource: Resource, obj: Object, asked: int | None) -> int:
    """Seconds that a kubelet has; nobody has to wait for a pod that never ran or is finished."""
    if resource != PODS or not obj["spec"].get("nodeName") or pod_finished(obj):
        return 0
    return obj["spec"].get("terminationGracePeriodSeconds", 30) if asked is None else asked


def _grace_over(key: Key, obj: Object) -> bool:
    return key.resource != PODS or obj["metadata"].get("deletionGracePeriodSeconds") == 0
