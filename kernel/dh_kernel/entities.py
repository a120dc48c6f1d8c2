"""An entity of the catalogue, as verbs return it, and the outputs of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .display.entity import entity_bundle, entity_word, reference_of
from .session import Session

if TYPE_CHECKING:
    from ._contract import Entity


class EntityHandle:
    """A dataset, model, artifact, function or workflow of the catalogue."""

    def __init__(self, session: Session, entity: Entity):
        self._session = session
        self.entity = entity

    @property
    def session(self) -> Session:
        """The broker's, through which this handle asks."""
        return self._session

    @property
    def id(self) -> str:
        return self.entity["id"]

    @property
    def name(self) -> str:
        return self.entity["name"]

    @property
    def key(self) -> str:
        return self.entity["key"]

    @property
    def kind(self) -> str:
        return self.entity["kind"]

    @property
    def type(self) -> str:
        """The word of a reference: dataset, model, …"""
        return entity_word(self.entity)

    @property
    def reference(self) -> str:
        return reference_of(self.entity)

    @property
    def spec(self) -> dict[str, Any]:
        return self.entity["spec"]

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self.entity["metadata"]

    @property
    def status(self) -> Mapping[str, Any]:
        return self.entity["status"]

    def load(self, as_: str | None = None) -> Any:
        """The object itself; see `dh.load`."""
        from .transfer import with_links

        return load_object(with_links(self._session, self.entity), as_)

    def _ipython_display_(self) -> None:
        """The details, and below them what is a figure or a picture."""
        from .display.figures import draw, is_drawn
        from .display.show import show

        show(entity_bundle(self.entity))
        codec = self.spec.get("codec")
        if is_drawn(codec):
            draw(str(codec), lambda: self.load("path"))

    def __repr__(self) -> str:
        return self.reference

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return entity_bundle(self.entity)


def load_object(entity: Mapping[str, Any], want: Any = None) -> Any:
    """dataset → DataFrame, model → the framework's object, artifact → Path or what was saved."""
    from .loading import load_entity

    return load_entity(entity, want)


class Outputs(Mapping[str, EntityHandle]):
    """A run's outputs by name; each is fetched when it is asked for."""

    def __init__(self, session: Session, run: str, keys: Mapping[str, str]):
        self._session = session
        self._run = run
        self._keys = keys

    def __getitem__(self, name: str) -> EntityHandle:
        if name not in self._keys:
            raise KeyError(f"{self._run} has no output '{name}'. There is: {', '.join(self._keys) or 'none'}.")
        return EntityHandle(self._session, self._session.resolve(self._keys[name]))

    def key_of(self, name: str) -> str:
        """The key of an output; nothing is asked."""
        return self._keys[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"outputs of {self._run}: {', '.join(self._keys) or 'none'}"
