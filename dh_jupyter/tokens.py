"""Tokens of ours: each kernel has its own, and the home has one for clients outside Jupyter. Valid on /dh routes only."""

from __future__ import annotations

import getpass
import hashlib
import secrets
import threading
from dataclasses import dataclass

from jupyter_server.auth.identity import User


@dataclass(frozen=True)
class Holder:
    """For whom a token stands. `what` says which client has it."""

    user: User
    what: str


class Tokens:
    """Thread-safe. Only digests are kept, and a token is looked up by its digest, so that no comparison leaks it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders: dict[str, Holder] = {}
        self._kernels: dict[str, str] = {}  # kernel id → digest

    def issue(self, user: User, what: str) -> str:
        """A new token, valid from now on."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._holders[_digest(token)] = Holder(user, what)
        return token

    def bind(self, token: str, kernel_id: str) -> None:
        """The token ends with this kernel."""
        with self._lock:
            self._kernels[kernel_id] = _digest(token)

    def revoke(self, token: str) -> None:
        """Forget a token."""
        with self._lock:
            self._holders.pop(_digest(token), None)

    def revoke_kernel(self, kernel_id: str) -> None:
        """Forget the token of a kernel; none is fine."""
        with self._lock:
            self._holders.pop(self._kernels.pop(kernel_id, ""), None)

    def holder(self, token: str) -> Holder | None:
        """Who has this token."""
        with self._lock:
            return self._holders.get(_digest(token))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def server_user() -> User:
    """Whoever runs this server, as the operating system knows them."""
    return User(username=login_name())


def login_name() -> str:
    """The operating system's name of the user; "user" where there is none (a container with a bare uid)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "user"
