"""Why the cluster makes no pod for a Job: a quota, a limit of the namespace, its pod security, something that it names.

The Job is accepted, has no condition and no pod; only events `FailedCreate` say why. The same texts come as a refusal (403)
where the Job itself is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from .facts import Facts
from .finding import Finding, sticks, waits
from .words import amount_of, asking, bare, joined, number, sentence, shortened

_LESS = "Ask for less: %dh retry RUN {flags}"
_PROFILE = "Take another profile: %dh profile lists them"
_QUOTA = re.compile(
    r"exceeded quota: (?P<name>[^,]+), requested: (?P<asked>\S+), used: (?P<used>\S+), limited: (?P<most>\S+)"
)
_UNSPECIFIED = re.compile(r"failed quota: (?P<name>[^:]+): must specify (?P<fields>.+)")
_LIMIT = re.compile(
    r"(?P<side>maximum|minimum) (?P<resource>\S+) usage per (?P<per>\w+) is (?P<bound>[^\s,]+?)"
    r"(?:, but (?P<what>limit|request) is (?P<asked>[^\s,\]]+?))?[.,\]\s]*(?=$|, m|, No|\. No|No )"
)
_SECURITY = re.compile(r'violates PodSecurity "(?P<level>[^":]+)[^"]*": (?P<fields>.+)', re.DOTALL)
_WEBHOOK = re.compile(r'admission webhook "(?P<name>[^"]+)" denied the request: (?P<why>.+)', re.DOTALL)
_CLASSES = re.compile(
    r'(?P<runtime>RuntimeClass) "(?P<one>[^"]+)" not found|no (?P<priority>PriorityClass) with name (?P<two>\S+) was found'
    r'|(?P<account>serviceaccount) "(?P<three>[^"]+)" not found'
)


def not_created(facts: Facts) -> Finding | None:
    """From the last event that says why there is no pod."""
    said = facts.told("FailedCreate")
    return refused_pod(said) if said and not facts.pods else None


def refused_pod(said: str) -> Finding:
    """From what the API server said when it refused a pod."""
    text = said.removeprefix("Error creating: ")
    return next((found for row in _ROWS if (found := row(text))), None) or waits(
        "pod_refused", f"The cluster refuses its pod: {sentence(shortened(text))}", f"{_PROFILE}."
    )


def _quota(text: str) -> Finding | None:
    found = _QUOTA.search(text)
    if not found:
        return None
    asked, used, most = (_amounts(found[group]) for group in ("asked", "used", "most"))
    over = [name for name in asked if _is_over(asked[name], used.get(name, "0"), most.get(name, "0"))] or list(asked)
    parts = [
        f"{amount_of(one, most.get(one, '0'))} ({used.get(one, '0')} in use, {asked[one]} asked for)" for one in over
    ]
    never = [one for one in over if _is_over(asked[one], "0", most.get(one, "0"))]
    flags, retry = asking(never[0], most.get(never[0], "0")) if never else ("", None)
    summary = f"The namespace's quota '{found['name']}' allows {joined(parts)}."
    if never:
        cure = f"{_LESS.format(flags=flags)}, or another profile" if retry else f"{_PROFILE}."
        return sticks("quota", summary, cure, "It asks for more than the quota ever allows.", retry)
    return waits("quota", summary, "It starts when there is room; what runs: %dh ls run --state running")


def _amounts(text: str) -> Mapping[str, str]:
    """`requests.cpu=2,requests.memory=8Gi` by resource."""
    return dict(part.split("=", 1) for part in text.strip(",.").split(",") if "=" in part)


def _is_over(asked: str, used: str, most: str) -> bool:
    wanted, taken, limit = number(asked), number(used), number(most)
    return None not in (wanted, taken, limit) and wanted + taken > limit  # type: ignore[operator]


def _unspecified(text: str) -> Finding | None:
    """A quota of limits counts only pods that name theirs."""
    found = _UNSPECIFIED.search(text)
    if not found:
        return None
    fields = sorted({bare(field) for field in re.findall(r"[\w./-]*(?:cpu|memory|storage)\b", found["fields"])})
    what = f"The namespace's quota '{found['name']}' demands that a run says how much {joined(fields)} it needs."
    if fields == ["memory"]:
        return sticks("quota_field", what, "Say it: %dh retry RUN --memory 8Gi", "", {"resources": {"mem": "8Gi"}})
    return sticks("quota_field", what, "Ask your administrator for a LimitRange with defaults.", text)


def _limit_range(text: str) -> Finding | None:
    found = _LIMIT.search(text)
    if not found:
        return None
    resource, bound = found["resource"], found["bound"]
    flags, retry = asking(resource, bound)
    few = "at most" if found["side"] == "maximum" else "at least"
    asked = f", it asks for {found['asked']}" if found["asked"] else ", it names none"
    summary = f"The namespace allows {few} {amount_of(resource, bound)} for one {found['per'].lower()}{asked}."
    cure = f"Ask for that: %dh retry RUN {flags}" if retry else f"{_PROFILE}."
    return sticks("limit_range", summary, cure, "Its administrator has set a LimitRange.", retry)


def _security(text: str) -> Finding | None:
    found = _SECURITY.search(text)
    if not found:
        return None
    fields = re.findall(r"(?:^|\), )([^(,]+?) \(", found["fields"])
    shown = joined(fields) or shortened(found["fields"])
    return sticks(
        "pod_security",
        f"The namespace forbids such a pod (Pod Security '{found['level']}'): {sentence(shown)}",
        "Take a profile without that, or ask your administrator for a namespace that allows it: %dh profile",
        found["fields"],
    )


def _webhook(text: str) -> Finding | None:
    found = _WEBHOOK.search(text)
    if not found:
        return None
    summary = f"The cluster's rules refuse its pod ({found['name']}): {sentence(shortened(found['why']))}"
    return sticks("policy", summary, f"Change what it names. {_PROFILE}.")


def _no_class(text: str) -> Finding | None:
    found = _CLASSES.search(text)
    if not found:
        return None
    kind = found["runtime"] or found["priority"] or "service account"
    name = found["one"] or found["two"] or found["three"]
    cure = "Ask your administrator to make it, or to correct the profile; others: %dh profile"
    return sticks("missing_name", f"The cluster has no {kind} '{name}'.", cure, text)


_ROWS: tuple[Callable[[str], Finding | None], ...] = (
    _quota,
    _unspecified,
    _limit_range,
    _security,
    _no_class,
    _webhook,
)
