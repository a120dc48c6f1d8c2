"""What the public SDK (digitalhub 0.15.11) sent, as it was recorded, and what of it can be sent again.

`sdk-traffic.jsonl` was trimmed: of repeated calls two are kept, long lists end in "... n more", base64 in "...", tokens
are "***". So a request is mended before it is sent: list ends are dropped, and functions get a source that can run here
(their requirements and version of Python are the recording machine's, and left out). An entity whose POST was trimmed
away is posted, as some answer of the recording shows it, before the first request that names it.
"""

from __future__ import annotations

import base64
import copy
import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

FILE = Path(__file__).with_name("sdk-traffic.jsonl")
IDENT = re.compile(r"\b[0-9a-f]{32}\b")
LIST_END = re.compile(r"\.\.\. \d+ more")
API = "/dh/api/v1"

SOURCES = {
    "job": "def job(n=1):\n    return n\n",
    "plain": "def plain(di=None):\n    return 1\n",
    "boom": "def boom():\n    raise ValueError('the cat ate it')\n",
    "slow": "import threading\n\n\ndef slow():\n    threading.Event().wait()\n",
}


@dataclass(frozen=True)
class Line:
    """One exchange: what a client sent, and what a stub answered. `number` counts from 0."""

    number: int
    scenario: str
    method: str
    path: str
    query: str
    scheme: str  # Bearer, Basic, or none
    body: Any
    status: int
    answer: Any

    @property
    def url(self) -> str:
        return self.path + (f"?{self.query}" if self.query else "")

    @property
    def idents(self) -> set[str]:
        """Ids that the request names: path, query and body."""
        return set(IDENT.findall(f"{self.path} {unquote_plus(self.query)} {json.dumps(self.body)}"))

    @property
    def plural(self) -> str:
        """projects, artifacts, … or nothing."""
        parts = self.path.removeprefix(API).strip("/").split("/")
        return parts[2] if parts[0] == "-" else parts[0] if self.path.startswith(API) else ""


@cache
def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FILE.read_text().splitlines()]


@cache
def client_lines() -> list[Line]:
    """All that clients sent, in order."""
    return [_line(number, row) for number, row in enumerate(rows()) if row.get("by") == "client"]


def _line(number: int, row: dict[str, Any]) -> Line:
    sent, got = row["request"], row["response"]
    scheme = sent["headers"].get("Authorization", "").partition(" ")[0]
    body = mended(sent["body"])
    parts = (sent["method"], sent["path"], sent["query"], scheme, body, got["status"], got["body"])
    return Line(number, row["scenario"], *parts)


def mended(body: Any) -> Any:
    """A copy that can be sent."""
    body = _without_list_ends(copy.deepcopy(body))
    spec = body.get("spec") if isinstance(body, dict) else None
    source = spec.get("source") if isinstance(spec, dict) else None
    if isinstance(source, dict) and source.get("handler") in SOURCES:
        source["base64"] = base64.b64encode(SOURCES[source["handler"]].encode()).decode()
        source.pop("init_function", None)
        spec.pop("requirements", None)
        spec["python_version"] = f"PYTHON{sys.version_info.major}_{sys.version_info.minor}"
    return body


def _without_list_ends(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_list_ends(value) for name, value in part.items()}
    if isinstance(part, list):
        kept = [each for each in part if not (isinstance(each, str) and LIST_END.fullmatch(each))]
        return [_without_list_ends(each) for each in kept]
    return part


@cache
def shown() -> dict[str, dict[str, Any]]:
    """By id, what some answer shows of an entity: enough to post one whose own POST was trimmed away."""
    found: dict[str, dict[str, Any]] = {}
    for line in client_lines():
        answer = line.answer if isinstance(line.answer, dict) else {}
        for document in [answer, *answer.get("content", [])]:
            if isinstance(document, dict) and "spec" in document and IDENT.fullmatch(str(document.get("id"))):
                found.setdefault(document["id"], mended(document))
    return found
