"""The handful of validations that a job broker runs into, with Kubernetes' words and field paths."""

import re
from collections.abc import Iterator

from ..quantity import parse_quantity
from .errors import Cause, invalid
from .objects import Object, field
from .resources import CONFIG_MAPS, JOBS, PODS, SECRETS, Key

NAME = re.compile(r"[a-z0-9]([-a-z0-9.:]*[a-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
NAME_RULE = (
    "a DNS-1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character"
)
DATA_LIMIT = 1 << 20  # bytes in a ConfigMap or Secret


def validate(key: Key, obj: Object) -> None:
    """Raises 422 with every cause found."""
    causes = list(_metadata("metadata", obj["metadata"]))
    if key.resource == JOBS:
        causes += _job(obj["spec"])
    elif key.resource == PODS:
        causes += _pod_spec("spec", obj["spec"])
    elif key.resource in (CONFIG_MAPS, SECRETS):
        causes += _data(obj)
    if causes:
        raise invalid(key.resource, key.name, causes)


def validate_update(key: Key, old: Object, new: Object) -> None:
    """Raises 422 when a field changes that must not."""
    causes: list[Cause] = []
    if key.resource == JOBS:
        causes += _job_update(old["spec"], new["spec"])
    if key.resource == PODS and _fixed_part(old["spec"]) != _fixed_part(new["spec"]):
        message = (
            "Forbidden: pod updates may not change fields other than `spec.containers[*].image`, "
            "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` "
            "(only additions to existing tolerations)"
        )
        causes.append(Cause("FieldValueForbidden", "spec", message))
    if causes:
        raise invalid(key.resource, key.name, causes)


def _metadata(path: str, metadata: Object) -> Iterator[Cause]:
    name = metadata.get("name")
    if not name:
        message = "Required value: name or generateName is required"
        yield Cause("FieldValueRequired", f"{path}.name", message)
    elif not NAME.fullmatch(name):
        message = f'Invalid value: "{name}": {NAME_RULE}'
        yield Cause("FieldValueInvalid", f"{path}.name", message)
    elif len(name) > 253:
        message = f'Invalid value: "{name}": must be no more than 253 characters'
        yield Cause("FieldValueInvalid", f"{path}.name", message)
    yield from _labels(f"{path}.labels", metadata.get("labels") or {})


def _labels(path: str, labels: dict[str, str]) -> Iterator[Cause]:
    for value in labels.values():
        if len(value) > 63:
            message = f'Invalid value: "{value}": must be no more than 63 characters'
            yield Cause("FieldValueInvalid", path, message)
        elif not LABEL_VALUE.fullmatch(value):
            rule = "a valid label must be an empty string or consist of alphanumeric characters"
            yield Cause("FieldValueInvalid", path, f'Invalid value: "{value}": {rule}')


def _job(spec: Object) -> Iterator[Cause]:
    yield from _labels("spec.template.labels", field(spec, "template.metadata.labels") or {})
    pod_spec = spec["template"]["spec"]
    yield from _pod_spec("spec.template.spec", pod_spec)
    policy = pod_spec.get("restartPolicy", "Always")
    if policy not in ("Never", "OnFailure"):
        message = f'Unsupported value: "{policy}": supported values: "OnFailure", "Never"'
        yield Cause("FieldValueNotSupported", "spec.template.spec.restartPolicy", message)


def _pod_spec(path: str, spec: Object) -> Iterator[Cause]:
    if not spec.get("containers"):
        yield Cause("FieldValueRequired", f"{path}.containers", "Required value")
    volumes = {volume["name"] for volume in spec.get("volumes") or []}
    for group in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(group) or []):
            yield from _container(f"{path}.{group}[{index}]", container, volumes)


def _container(path: str, container: Object, volumes: set[str]) -> Iterator[Cause]:
    if not container.get("image"):
        yield Cause("FieldValueRequired", f"{path}.image", "Required value")
    for index, mount in enumerate(container.get("volumeMounts") or []):
        if mount["name"] not in volumes:
            message = f'Not found: "{mount["name"]}"'
            yield Cause("FieldValueNotFound", f"{path}.volumeMounts[{index}].name", message)
    for index, variable in enumerate(container.get("env") or []):
        if "=" in variable["name"]:
            message = f'Invalid value: "{variable["name"]}": a valid environment variable name must consist of letters'
            yield Cause("FieldValueInvalid", f"{path}.env[{index}].name", message)
    yield from _resources(f"{path}.resources", container["resources"])


def _resources(path: str, resources: Object) -> Iterator[Cause]:
    limits = resources.get("limits") or {}
    for name, amount in limits.items():
        if "/" in name and parse_quantity(amount) % 1:
            message = "Invalid value: resource.Quantity: must be an integer"
            yield Cause("FieldValueInvalid", f"{path}.limits[{name}]", message)
    for name, amount in (resources.get("requests") or {}).items():
        limit = limits.get(name)
        if limit is not None and parse_quantity(amount) > parse_quantity(limit):
            message = f'Invalid value: "{amount}": must be less than or equal to {name} limit'
            yield Cause("FieldValueInvalid", f"{path}.requests", message)


def _data(obj: Object) -> Iterator[Cause]:
    size = sum(len(value) for value in (obj.get("data") or {}).values())
    if size > DATA_LIMIT:
        message = f"Too long: must have at most {DATA_LIMIT} bytes"
        yield Cause("FieldValueTooLong", "data" if obj["kind"] == "Secret" else "", message)


def _job_update(old: Object, new: Object) -> Iterator[Cause]:
    # newer than 1.20: a suspended Job's scheduling directives may change; the fake refuses them too
    for name in ("completions", "selector", "template"):
        if old.get(name) != new.get(name):
            yield Cause("FieldValueInvalid", f"spec.{name}", "Invalid value: field is immutable")


def _fixed_part(spec: Object) -> Object:
    fixed = {
        name: value
        for name, value in spec.items()
        if name not in ("activeDeadlineSeconds", "tolerations", "containers", "initContainers")
    }
    for group in ("initContainers", "containers"):
        fixed[group] = [
            {name: value for name, value in container.items() if name != "image"} for container in spec.get(group) or []
        ]
    return fixed
