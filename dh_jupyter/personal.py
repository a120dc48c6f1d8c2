"""Personal access tokens: made by a person, good until they end or are deleted, on any client and after a restart.

The home's `personal-tokens.json` (0600) has digests, never a token: it is shown once, when it is made.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jupyter_server.auth.identity import User

from dh_kernel.errors import Invalid, NotFound

from .clock import as_text, awake, seconds
from .tokens import Holder, Tokens, digest_of, new_text

log = logging.getLogger("dh_jupyter.personal")

FILE = "personal-tokens.json"
MOST = 100  # of one user
LONGEST_NAME = 80  # characters
PREFIX = "dhp_"  # so that a scanner for secrets knows one


@dataclass(frozen=True)
class Personal:
    """A token as the file has it. `ends` in seconds since 1970; None: it does not end by itself."""

    id: str
    name: str
    user: str
    issued: float
    ends: float | None
    digest: str

    def shown(self) -> dict[str, Any]:
        """In Core's words; without what would open anything."""
        times = {"issuedAt": self.issued, "expiresAt": self.ends}
        told = {name: as_text(value) for name, value in times.items() if value is not None}
        return {"id": self.id, "name": self.name, "user": self.user, "scopes": [], **told}


class PersonalTokens:
    """Thread-safe. What is in the file opens routes from the start."""

    def __init__(self, home: Path, tokens: Tokens) -> None:
        self._path = home / FILE
        self._tokens = tokens
        self._lock = threading.Lock()
        self._all = self._read()
        for each in self._all:
            self._open(each)

    def of(self, user: str) -> list[dict[str, Any]]:
        """A user's that have not ended, the newest first."""
        with self._lock:
            return [each.shown() for each in reversed(self._all) if each.user == user and not _is_over(each)]

    def make(self, user: str, name: str, days: float | None) -> dict[str, Any]:
        """A new one, with `token`. Raises Invalid."""
        if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
            raise Invalid("'name' is missing.", f"Say what it is for, in 1 to {LONGEST_NAME} characters.")
        if days is not None and not 0 < days <= 36_500:
            raise Invalid(f"'days' can't be {days:g}.", "How long it is good; leave it out for one that does not end.")
        token, now = PREFIX + new_text(), seconds()
        ends = None if days is None else now + days * 86_400
        made = Personal(uuid.uuid4().hex, name, user, now, ends, digest_of(token))
        with self._lock:
            kept = [each for each in self._all if not _is_over(each)]
            if sum(each.user == user for each in kept) >= MOST:
                raise Invalid(f"You have {MOST} tokens.", "Delete one: DELETE …/tokens/personal/ID.")
            self._write([*kept, made])
        self._open(made)
        return {**made.shown(), "token": token}

    def delete(self, user: str, ident: str) -> None:
        """It opens nothing any more. Raises NotFound for what is not there, or another's."""
        with self._lock:
            found = next((each for each in self._all if each.id == ident and each.user == user), None)
            if found is None:
                raise NotFound(f"You have no token '{ident[:80]}'.")
            self._write([each for each in self._all if each is not found])
        self._tokens.forget(found.digest)

    def _open(self, each: Personal) -> None:
        until = None if each.ends is None else awake() + each.ends - seconds()
        self._tokens.know(each.digest, Holder(User(username=each.user), each.name, until, is_personal=True))

    def _read(self) -> list[Personal]:
        """A file that can't be read opens nothing, and keeps no server from starting."""
        try:
            return [Personal(**row) for row in json.loads(self._path.read_text(encoding="utf-8"))]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            log.warning("personal access tokens are not taken, %s: %s", self._path, error)
            return []

    def _write(self, tokens: list[Personal]) -> None:
        handle, name = tempfile.mkstemp(prefix=f".{FILE}-", dir=self._path.parent)  # made 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump([asdict(each) for each in tokens], file)
        os.replace(name, self._path)
        self._all = tokens


def _is_over(each: Personal) -> bool:
    return each.ends is not None and each.ends <= seconds()
