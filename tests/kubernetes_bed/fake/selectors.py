"""Label and field selectors of lists and watches."""

import re
from collections.abc import Callable

from .errors import ApiError, bad_request
from .objects import Object, field
from .resources import Key, Resource

Matcher = Callable[[Key, Object], bool]

SET_TERM = re.compile(r"([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)")
EQUALITY_TERM = re.compile(r"([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)")
FIELD_TERM = re.compile(r"([\w.]+)(==|!=|=)(.*)")
COMMA_OUTSIDE_PARENTHESES = re.compile(r",(?![^()]*\))")


def matcher(resource: Resource, namespace: str, labels: str | None, fields: str | None) -> Matcher:
    """A test for 'is this object in the list that the client asked for'."""
    conditions = _field_terms(resource, fields or "")

    def matches(key: Key, obj: Object) -> bool:
        return (
            key.resource == resource
            and namespace in ("", key.namespace)
            and labels_match(obj["metadata"].get("labels") or {}, labels or "")
            and all((_field_value(obj, name) == value) == (operator != "!=") for name, operator, value in conditions)
        )

    return matches


def labels_match(labels: dict[str, str], selector: str) -> bool:
    terms = COMMA_OUTSIDE_PARENTHESES.split(selector) if selector else []
    return all(_label_term_holds(labels, term.strip()) for term in terms)


def _label_term_holds(labels: dict[str, str], term: str) -> bool:
    if match := SET_TERM.fullmatch(term):
        values = {value.strip() for value in match[3].split(",")}
        return (labels.get(match[1]) in values) == (match[2] == "in")
    if match := EQUALITY_TERM.fullmatch(term):
        return (labels.get(match[1]) == match[3]) == (match[2] != "!=")
    if term.startswith("!"):
        return term[1:].strip() not in labels
    return term in labels


def _field_terms(resource: Resource, selector: str) -> list[tuple[str, str, str]]:
    terms = []
    for text in filter(None, selector.split(",")):
        match = FIELD_TERM.fullmatch(text)
        if match is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{text}'")
        if match[1] not in {"metadata.name", "metadata.namespace"} | resource.field_labels:
            raise _unsupported_field(resource, selector, match[1])
        terms.append((match[1], match[2], match[3]))
    return terms


def _unsupported_field(resource: Resource, selector: str, name: str) -> ApiError:
    if not resource.group:
        return bad_request(f"field label not supported: {name}")
    return bad_request(
        f'Unable to find "{resource.group_version}, Resource={resource.plural}" that match label '
        f'selector "", field selector "{selector}": field label not supported: {name}'
    )


def _field_value(obj: Object, name: str) -> str:
    if name == "status.successful":
        return str(field(obj, "status.succeeded") or 0)
    return str(field(obj, name) or "")
