"""Posted runs become stored ones: built, checked against where they are to run, and of this home."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError, Invalid, NotFound, NotInstalled

from ..executors.base import Executor
from ..secrets.values import SecretValues
from .build import BuiltRun, Resolve, build
from .checks import are_alike, check_can_be_met
from .foreign import foreign_document, is_foreign, refused_document
from .options import ProfileOf
from .ownership import Ownership
from .placing import waiting_of
from .same import Repeater
from .shares import Waiting
from .tasks import make_task

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue

Refusal = Callable[[Waiting], str]  # what a run would wait for, if that is known


class Creator:
    """Raises Invalid or NotFound, with nothing stored."""

    def __init__(
        self,
        catalogue: Catalogue,
        executor: Callable[[str], Executor],
        secrets: SecretValues,
        profile_of: ProfileOf,
        ownership: Ownership,
        repeat: Repeater,
    ) -> None:
        self._catalogue = catalogue
        self._executor = executor
        self._secrets = secrets
        self._profile_of = profile_of
        self._ownership = ownership
        self._repeat = repeat

    def store(
        self, project: str, posted: Mapping[str, Any], user: str, refusal: Refusal, *, as_core: bool
    ) -> tuple[Entity, str]:
        """A run, and what it waits for as far as that is known: its document says it, too. `as_core`: one that can't be
        what was asked for is stored as failed, where Core does so. One that is not executed here is only stored."""
        if is_foreign(posted):
            document = foreign_document(project, posted, self._catalogue.resolve)
            return self._catalogue.create("run", document, project=project, user=user)[0], ""
        try:
            return self._store(project, posted, user, refusal)
        except (Invalid, NotFound, NotInstalled) as why:
            refused = refused_document(project, posted, self._catalogue.resolve, why) if as_core else None
            if refused is None:
                raise
        return self._catalogue.create("run", refused, project=project, user=user)[0], ""

    def _store(self, project: str, posted: Mapping[str, Any], user: str, refusal: Refusal) -> tuple[Entity, str]:
        notes: list[str] = []
        if (posted.get("spec") or {}).get("same_as"):
            posted, notes = self._repeat.same(project, posted)
        built = self.built(project, posted)
        self._check(project, built, user)
        document = self._stamped(built.document, {"warnings": notes} if notes else {})
        if message := refusal(waiting_of({**document, "project": project, "id": "", "user": user})):
            document = {**document, "status": {**document["status"], "message": message}}
        numbered_as = built.numbered_as
        return self._catalogue.create("run", document, project=project, user=user, numbered_as=numbered_as)[0], message

    def built(self, project: str, posted: Mapping[str, Any]) -> BuiltRun:
        """What would be stored."""
        return build(project, posted, self._catalogue.resolve, self._profile_of)

    def first_of(self, project: str, posted: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Those, from the first one on, that can be, and differ from it in their arguments only."""
        found: list[Mapping[str, Any]] = []
        resolve, spec = self._once(), self.built(project, posted[0]).document["spec"]
        for one in posted:
            with contextlib.suppress(DHError):
                if are_alike(build(project, one, resolve, self._profile_of).document["spec"], spec):
                    found.append(one)
                    continue
            break
        return found

    def store_all(self, project: str, posted: Sequence[Mapping[str, Any]], user: str) -> list[Entity]:
        """Runs that differ in their arguments only, all or none. What they name is looked up once."""
        resolve = self._once()
        built = [build(project, one, resolve, self._profile_of) for one in posted]
        self._check(project, built[0], user)
        documents = [self._stamped(one.document) for one in built]
        options: Any = {"user": user, "numbered_as": built[0].numbered_as}
        return [run for run, _ in self._catalogue.create_many("run", documents, project=project, **options)]

    def _once(self) -> Resolve:
        known: dict[tuple[str, str | None], Entity] = {}

        def once(ref: str, *, project: str, expect: str | None = None) -> Entity:
            if (ref, expect) not in known:
                known[ref, expect] = self._catalogue.resolve(ref, project=project, expect=expect)
            return known[ref, expect]

        return once

    def _check(self, project: str, built: BuiltRun, user: str) -> None:
        check_can_be_met(project, built.document["spec"], self._executor, self._secrets, self._profile_of)
        make_task(self._catalogue, project, built.task, user)

    def _stamped(self, document: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return {**document, "status": self._ownership.stamped({**document["status"], **(more or {})})}
