"""Personal access tokens of whoever asks: for scripts and machines of theirs outside Jupyter."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import Forbidden, Invalid

from .base import DhHandler
from .identity import bearer


class PersonalTokensHandler(DhHandler):
    """`/tokens/personal`."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """An array, without the tokens themselves."""
        self.answer(await self.broker.call(self.broker.personal.of, self.user_name))

    @authenticated
    @authorized
    async def post(self) -> None:
        """`{name[, days]}`; the answer has `token`, this once."""
        posted = self.document()
        name, days = posted.get("name") or self.argument("name"), posted.get("days")
        if not name or not isinstance(name, str) or type(days) not in (int, float, type(None)):
            raise Invalid("'name' is a text, and 'days' a number.", 'e.g. {"name": "nightly export", "days": 90}')
        self._check_asker()
        self.set_header("Cache-Control", "no-store")
        self.answer(await self.broker.call(self.broker.personal.make, self.user_name, name, days))

    def _check_asker(self) -> None:
        """A token that ends must not make one that stays: only who is logged in, or has the home's own, can."""
        token = bearer(self)
        if self.broker.tokens.holder(token) is not None and token != self.broker.client_token:
            raise Forbidden("This token can't make others.", "Log in to the server, and make one there.")


class PersonalTokenHandler(DhHandler):
    """`/tokens/personal/ID`."""

    @authenticated
    @authorized
    async def delete(self, ident: str) -> None:
        """It opens nothing any more."""
        await self.broker.call(self.broker.personal.delete, self.user_name, ident)
        self.done()
