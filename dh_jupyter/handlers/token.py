"""`POST /auth/token`: how the public SDK renews its token, and gets credentials for the store."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qs

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import User

from dh_kernel.errors import Invalid, Unauthorized

from ..tokens import CLIENT, server_user
from .base import DhHandler

ACCESS, REFRESH = 3600, 30 * 86400  # seconds
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
REFRESHING = "refresh_token"


class TokenHandler(DhHandler):
    """A token in the form is the identity: neither header nor cookie is looked at."""

    needs_broker = False

    def check_xsrf_cookie(self) -> None:
        """No cookie counts here."""

    @allow_unauthenticated
    async def post(self) -> None:
        """`grant_type=refresh_token` with `refresh_token`, or a token exchange with `subject_token`."""
        given = asked_of(self.request.body)
        renewed, user = self._renewed(given)
        url = self.broker.url().rstrip("/") + "/dh"
        self.answer(
            {
                "token_type": "Bearer",
                **renewed,
                "expires_in": ACCESS,
                "client_id": CLIENT,
                "issuer": url,
                **await self.broker.call_store(self._store, user),
            }
        )

    def _renewed(self, given: str) -> tuple[dict[str, str], User]:
        """A kernel keeps its own token, which ends with it, and a person theirs, so that nothing of it lives longer; others
        get one for a while, and one to renew it by."""
        tokens = self.broker.tokens
        holder = tokens.renewer(given)
        if holder is not None and (holder.until is None or holder.is_personal):
            return {"access_token": given, "refresh_token": given}, holder.user
        user = holder.user if holder is not None else self._server_user(given)
        if user is None:
            raise Unauthorized("The token that was sent is not valid.", "Get a new one where you got this one.")
        renews = given if holder is not None and holder.only_renews else tokens.issue(
            user, "to renew", REFRESH, only_renews=True
        )  # fmt: skip
        return {"access_token": tokens.issue(user, "the public SDK", ACCESS), "refresh_token": renews}, user

    def _server_user(self, given: str) -> User | None:
        own = str(getattr(self.identity_provider, "token", "") or "")
        return server_user() if own and hmac.compare_digest(own.encode(), given.encode(errors="replace")) else None

    def _store(self, user: User) -> dict[str, str]:
        """What there is to give, in the names of the SDK's configuration."""
        stores = self.broker.stores
        access, ends = stores.lent(self.broker.writable(self.identity_provider.name_of(user)))
        if access is None:
            return {}
        found = {
            "aws_access_key_id": access.key,
            "aws_secret_access_key": access.secret,
            "aws_session_token": access.token,
            "aws_credentials_expiration": ends,
            **stores.configuration(),
        }
        return {name: value for name, value in found.items() if value}


def asked_of(body: bytes) -> str:
    """The token that a form holds. Raises Invalid."""
    form: dict[str, Any] = parse_qs(body.decode(errors="replace"), max_num_fields=20)
    kind = form.get("grant_type", [""])[0]
    field = {REFRESHING: "refresh_token", EXCHANGE: "subject_token"}.get(kind)
    if field is None:
        raise Invalid(f"'{kind[:80]}' is no grant of ours.", f"grant_type is {REFRESHING} or {EXCHANGE}.")
    given = form.get(field, [""])[0]
    if not given:
        raise Invalid(f"'{field}' is missing.")
    return str(given)
