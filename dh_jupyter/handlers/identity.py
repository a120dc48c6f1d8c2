"""Who asks: Jupyter's own identity provider, which here also knows the tokens of kernels and of clients outside Jupyter."""

from __future__ import annotations

import base64
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import RequestHandler

from ..tokens import Tokens, recorded_name


class TokenIdentity:
    """Wraps a server's identity provider; what is not about tokens is the provider's."""

    def __init__(self, provider: IdentityProvider, tokens: Tokens) -> None:
        self._provider = provider
        self._tokens = tokens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def get_user(self, handler: RequestHandler) -> User | None:
        """The holder of one of our tokens, else whom the provider finds."""
        holder = self._tokens.holder(bearer(handler))
        if holder is None:
            _as_token(handler)
            user: User | None = await ensure_async(self._provider.get_user(handler))
            return user
        handler._token_authenticated = True  # type: ignore[attr-defined]  # where Jupyter's own code looks
        return holder.user

    def is_token_authenticated(self, handler: RequestHandler) -> bool:
        """Whether a token came with the request: then it needs neither XSRF cookie nor a known origin."""
        return bool(getattr(handler, "_token_authenticated", False)) or self._provider.is_token_authenticated(handler)

    def should_check_origin(self, handler: RequestHandler) -> bool:
        """See above."""
        return not self.is_token_authenticated(handler)

    def name_of(self, user: User) -> str:
        """See `recorded_name`."""
        return recorded_name(self._provider, user)


def _as_token(handler: RequestHandler) -> None:
    """Jupyter's providers know no Basic: they get its password as the token that it is."""
    if handler.request.headers.get("Authorization", "").lower().startswith("basic ") and (token := bearer(handler)):
        handler.request.headers["Authorization"] = f"token {token}"


def bearer(handler: RequestHandler) -> str:
    """The token of `Authorization: Bearer T` or `token T`, or Basic's password; empty if there is none."""
    scheme, _, token = handler.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return _password(token.strip())
    return token.strip() if scheme.lower() in ("bearer", "token") else ""


def _password(credentials: str) -> str:
    """The public SDK sends a user and a password if it was given these; here the password is a token."""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
