"""`GET /.well-known/configuration`: public, a flat map without secrets."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import url_path_join

from dh_kernel._version import __version__

from ..tokens import CLIENT
from .base import DhHandler


class OpenidHandler(DhHandler):
    """Where tokens are exchanged; what is not served here is left out."""

    needs_broker = False

    @allow_unauthenticated
    async def get(self) -> None:
        """`GET /.well-known/openid-configuration`."""
        issuer = self.broker.url().rstrip("/") + "/dh"
        self.answer(
            {
                "issuer": issuer,
                "token_endpoint": f"{issuer}/auth/token",
                "grant_types_supported": ["refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"],
                "scopes_supported": ["credentials"],
            }
        )


class ConfigurationHandler(DhHandler):
    """Public, as the other well-known route: clients ask before they have an identity."""

    needs_broker = False

    @allow_unauthenticated
    async def get(self) -> None:
        """Where things are. The public SDK takes its resource profiles from here."""
        profiles = await self.broker.call(self.broker.profiles.all)
        url = self.broker.url().rstrip("/") + "/dh"
        self.answer(
            {
                "dhcore_endpoint": url,
                "dhcore_name": "dh-jupyter",
                "dhcore_version": __version__,
                "dhcore_api_level": "15",
                "dhcore_api_version": "v1",
                "dhcore_authentication_methods": ["token"],
                "dhcore_client_id": CLIENT,
                "dhcore_issuer": url,
                "oauth2_token_endpoint": f"{url}/auth/token",
                **await self.broker.call(self.broker.stores.configuration),
                "k8s_resource_profiles": list(profiles),
                "dh_version": __version__,
                "dh_base_path": url_path_join(self.base_url, "dh"),
                "dh_default_project": self.broker.settings.default_project,
            }
        )
