"""Search in a project, by Core's routes."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .entities import CatalogueHandler


class SearchHandler(CatalogueHandler):
    """`GET …/solr/search/item?q=WORDS&fq=FILTER&fq=…`."""

    grouped = False

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """A page of hits, the best first; `filters` repeats what was asked."""
        from ..catalogue.filters import parsed
        from ..catalogue.matching import Search

        text, wanted = self.argument("q"), [each for each in self.get_query_arguments("fq") if each]
        asked = Search(text, parsed(wanted), self.kinds_all)
        page = {"page": self.number("page", 0), "size": self.number("size", 25)}
        search = self.broker.catalogue.search
        found: dict[str, Any] = await self.broker.call(search, project, asked, grouped=self.grouped, **page)
        self.answer({**found, "filters": {**({"q": [text]} if text else {}), **({"fq": wanted} if wanted else {})}})


class SearchGroupsHandler(SearchHandler):
    """The same by name: `…/solr/search/group`."""

    grouped = True
