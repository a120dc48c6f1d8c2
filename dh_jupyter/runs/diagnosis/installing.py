"""What an installer (uv, or pip) said when it failed: the first requirement that stands in the way. Pure, over its text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REQUIRE = "%dh function FUNCTION --requires"


@dataclass(frozen=True)
class Fault:
    """In words; FUNCTION and RUN in the cure stand for their names."""

    summary: str
    detail: str
    cure: str


@dataclass(frozen=True)
class _Pattern:
    says: str
    summary: str
    cure: str
    detail: str = ""


_AGAIN = "When it can be reached again: %dh retry RUN"
_PATTERNS = (
    _Pattern(
        r"No space left on device|Disk quota exceeded",
        "The disk was full before all packages were installed.",
        "Free some space (how much there is: %dh doctor), then: %dh retry RUN",
    ),
    _Pattern(
        r"Because (?P<package>\S+) was not found in the cache|network was disabled",
        "The network is switched off, and the package {package} is not in the cache.",
        _AGAIN,
    ),
    _Pattern(
        r"dns error|failed to lookup address|Name or service not known|Temporary failure in name resolution"
        r"|tcp connect error|Connection refused|error sending request|Could not connect|Failed to connect to"
        r"|NewConnectionError|operation timed out",
        "The package index can't be reached.",
        _AGAIN,
    ),
    _Pattern(
        r"Because (?P<package>\S+) was not found in the package registry"
        r"|Could not find a version that satisfies the requirement (?P<name>\S+) \(from versions: none\)",
        "There is no package '{package}{name}'.",
        f"{_REQUIRE} RIGHT-NAME",
        "A module and its package may be called differently (cv2 is opencv-python).",
    ),
    _Pattern(
        r"the current Python version \((?P<here>[\d.]+)\) does not satisfy Python(?P<wants>\S+) and (?P<package>\S+) depends on",
        "{package} needs Python {wants}, the run has {here}.",
        f"{_REQUIRE} an older version, or register it from a kernel with Python {{wants}}",
    ),
    _Pattern(
        r"(?P<package>\S+) has no (?:wheels with a matching|usable wheels|wheels with)",
        "{package} can't be installed on this kind of machine.",
        f"{_REQUIRE} a version or a package that has wheels for it",
    ),
    _Pattern(
        r"there (?:is|are) no versions? of (?P<package>[A-Za-z0-9._-]+)(?P<version>\S*?),? (?:and|we)"
        r"|Could not find a version that satisfies the requirement (?P<name>\S+) \(from versions: (?P<versions>[^)]*)\)",
        "There is no such version: {package}{version}{name}.",
        f"{_REQUIRE} {{package}}",
    ),
    _Pattern(
        r"Because you require (?P<first>\S+) and (?P<second>\S+), we can conclude",
        "The requirements {first} and {second} exclude each other.",
        f"{_REQUIRE} one of the two",
    ),
    _Pattern(
        r"ecause (?:all versions of )?(?P<package>\S+) depends? on (?P<needs>\S+) and you require (?!(?P=package))"
        r"(?P<other>[A-Za-z0-9._-]+[<>=!~]\S*?),",
        "{package} needs {needs}, but {other} is required too.",
        f"{_REQUIRE} a version of one that fits the other",
    ),
    _Pattern(
        r"ecause (?:all versions of )?(?P<package>\S+) depends? on (?P<needs>\S+) and you require"
        r".*?you require (?P<other>[A-Za-z0-9._-]+[<>=!~]\S*?),",
        "{package} needs {needs}, but {other} is required too.",
        f"{_REQUIRE} a version of one that fits the other",
    ),
    _Pattern(
        r"ecause (?:all versions of )?(?P<package>\S+) depends? on (?P<needs>\S+) and (?P<third>\S+) depends on (?P<other>\S+?),",
        "{package} needs {needs}, but {third} needs {other}.",
        f"{_REQUIRE} a version of one that fits the other",
    ),
    _Pattern(
        r"(?:Couldn't|Failed to|Could not) parse.*?\n?\s*cause: (?P<why>[^\n]*)\n\s*(?P<text>\S[^\n]*)"
        r"|Invalid requirement: '?(?P<name>[^\n']+)",
        "'{text}{name}' is not a requirement as pip takes it.",
        f"{_REQUIRE} NAME==VERSION",
        "{why}",
    ),
    _Pattern(
        r"Distribution not found at: (?P<url>\S+)|No such file or directory: '?(?P<path>[^'\n]+\.whl)",
        "There is no package at {url}{path}.",
        f"{_REQUIRE} a place that the machine of the run can read",
    ),
    _Pattern(
        r"Failed to (?:download and )?build `(?P<package>[^`]+)`|Failed building wheel for (?P<name>\S+)",
        "{package}{name} has no wheel for this machine, and building it failed.",
        f"{_REQUIRE} a version that has a wheel",
        "{lines}",
    ),
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # where a kernel started the broker: it asks all programs for them
_NEEDS_DETAIL = 6  # lines of what the installer said


def explain_installer(log: str, requirements: tuple[str, ...] = ()) -> Fault:
    """The first pattern that is found. `log` is the run's; what counts is what stands from the last attempt to install."""
    said = _of_installer(log)
    flat = " ".join(said.split())
    for pattern in _PATTERNS:
        match = re.search(pattern.says, said, re.DOTALL) or re.search(pattern.says, flat)
        if match:
            return _filled(pattern, match, said)
    wanted = f": {', '.join(requirements)}" if requirements else ""
    return Fault(
        f"The packages that it needs could not be installed{wanted}.", _shown(said), f"{_REQUIRE} PACKAGE==VERSION"
    )


def _of_installer(log: str) -> str:
    start = log.rfind("Installing ")
    plain = _COLOURS.sub("", log[max(start, 0) :])
    text = re.sub(r"\{[^{}\n]*\}", "", plain)  # markers: numpy{python_version < '3.12'}>=1
    return "\n".join(line for line in text.splitlines() if not line.startswith(("Installing ", "The packages that")))


def _filled(pattern: _Pattern, match: re.Match[str], said: str) -> Fault:
    groups = {name: (text or "").rstrip(",") for name, text in match.groupdict().items()}
    shown = _shown(said)
    values = {"package": "", **groups, "lines": shown}
    detail = pattern.detail.format_map(values) or shown
    return Fault(pattern.summary.format_map(values), detail, pattern.cure.format_map(values))


def _shown(said: str) -> str:
    """The error's first lines; what was loaded before it is left out."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    first = next((index for index, line in enumerate(lines) if line.lower().startswith("error")), 0)
    return "\n".join(lines[first : first + _NEEDS_DETAIL])
