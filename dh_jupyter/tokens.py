"""Tokens of ours: each kernel has its own, and the home has one for clients outside Jupyter. Valid on /dh routes only."""

from __future__ import annotations

import getpass
import hashlib
import secrets
import threading
from dataclasses import dataclass

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider, User

from .clock import awake

ANONYMOUS = (IdentityProvider, PasswordIdentityProvider)  # these know no names and make up one for each browser
CLIENT = "dh-jupyter"  # what the public SDK calls itself: there is one kind of client, and nobody checks it


@dataclass(frozen=True)
class Holder:
    """For whom a token stands. `what` says which client has it; `until` is by the clock that nobody sets.

    One that `only_renews` opens no route: it is exchanged for one that does. One that `is_personal` was made to be kept by
    a person; see personal.py.
    """

    user: User
    what: str
    until: float | None = None
    only_renews: bool = False
    is_personal: bool = False


class Tokens:
    """Thread-safe. Only digests are kept, and a token is looked up by its digest, so that no comparison leaks it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders: dict[str, Holder] = {}
        self._kernels: dict[str, str] = {}  # kernel id → digest

    def issue(self, user: User, what: str, lifetime: float | None = None, *, only_renews: bool = False) -> str:
        """A new token, valid from now on, for `lifetime` seconds."""
        token = new_text()
        now = awake()
        with self._lock:
            for digest in [one for one, holder in self._holders.items() if _is_over(holder, now)]:
                del self._holders[digest]
            until = None if lifetime is None else now + lifetime
            self._holders[digest_of(token)] = Holder(user, what, until, only_renews)
        return token

    def know(self, digest: str, holder: Holder) -> None:
        """A token that was issued elsewhere, of which only the digest is there."""
        with self._lock:
            self._holders[digest] = holder

    def forget(self, digest: str) -> None:
        """It opens nothing any more; none is fine."""
        with self._lock:
            self._holders.pop(digest, None)

    def bind(self, token: str, kernel_id: str) -> None:
        """The token ends with this kernel."""
        with self._lock:
            self._kernels[kernel_id] = digest_of(token)

    def revoke(self, token: str) -> None:
        """Forget a token."""
        self.forget(digest_of(token))

    def revoke_kernel(self, kernel_id: str) -> None:
        """Forget the token of a kernel; none is fine."""
        with self._lock:
            self._holders.pop(self._kernels.pop(kernel_id, ""), None)

    def kernel_of(self, token: str) -> str:
        """The id of the kernel whose token this is; empty: it is no kernel's."""
        asked = digest_of(token)
        with self._lock:
            return next((kernel for kernel, theirs in self._kernels.items() if theirs == asked), "")

    def holder(self, token: str) -> Holder | None:
        """Who has this token, if it opens routes."""
        found = self.renewer(token)
        return None if found is None or found.only_renews else found

    def renewer(self, token: str) -> Holder | None:
        """Who has this token, to whom another may be given for it."""
        with self._lock:
            found = self._holders.get(digest_of(token))
        return None if found is None or _is_over(found, awake()) else found


def _is_over(holder: Holder, now: float) -> bool:
    return holder.until is not None and holder.until <= now


def new_text() -> str:
    """What nobody can guess."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """By which a token is known."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def recorded_name(provider: object, user: User) -> str:
    """The name to record: of a provider that knows none, the operating system's."""
    return login_name() if type(provider) in ANONYMOUS else str(user.username)


def server_user() -> User:
    """Whoever runs this server, as the operating system knows them."""
    return User(username=login_name())


def login_name() -> str:
    """The operating system's name of the user; "user" where there is none (a container with a bare uid)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "user"
