"""What `map` is given: each item as the parameters of a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any

from .arguments import check_names
from .display.words import cut
from .errors import Invalid


def many(items: Iterable[Any]) -> Iterable[Any]:
    """The same. Raises Invalid for one thing where several are meant."""
    if not isinstance(items, Iterable) or isinstance(items, str):
        raise Invalid(f"{cut(items, 60)} is one thing, not a list.", "Give a list: [one, other].")
    return items


class Items:
    """Items in order, one by one. What has a length is looked at as a whole, before the first is given. Of what has none,
    which may be endless, or slow, no more is read than is asked for."""

    def __init__(self, name: str, schema: Mapping[str, Any], items: Iterable[Any], fixed: Mapping[str, Any]):
        self._name = name
        self._schema = schema
        self._fixed = fixed
        self._given = 0
        self._ahead: deque[Any] = deque()
        self._are_looked_at = isinstance(many(items), Sized)
        read = [self._parameters(place, item) for place, item in enumerate(items)] if self._are_looked_at else items
        self.total = len(read) if isinstance(read, list) else None  # None: it is not known, until all were read
        self._rest = iter(read)

    def has_more(self) -> bool:
        """Reads the next one, unless it was read."""
        if not self._ahead and self.total != self._given:
            try:
                self._ahead.append(next(self._rest))
            except StopIteration:
                self.total = self._given
        return bool(self._ahead)

    def take(self) -> Mapping[str, Any]:
        """The parameters of the next one, of which `has_more` has told. Raises Invalid if they are none of the function's."""
        self._given += 1
        item = self._ahead.popleft()
        return item if self._are_looked_at else self._parameters(self._given - 1, item)

    def take_some(self, most: int) -> list[Mapping[str, Any]]:
        """Those that come next, if they were looked at as a whole: else it would be to wait for them."""
        taken: list[Mapping[str, Any]] = []
        while self._are_looked_at and len(taken) < most and self.has_more():
            taken.append(self.take())
        return taken

    def give_back(self, items: Sequence[Mapping[str, Any]]) -> None:
        """They are the next ones again."""
        self._given -= len(items)
        self._ahead.extendleft(reversed(items))

    def _parameters(self, place: int, item: Any) -> dict[str, Any]:
        """A dict holds parameters by name; anything else is the first parameter's value. Raises Invalid for other names."""
        from .options import NAMES

        known = self._schema.get("properties", {})
        if isinstance(item, Mapping):
            own = {str(name): value for name, value in item.items()}
        elif known:
            own = {next(iter(known)): item}
        else:
            raise Invalid(f"{self._name} has no parameters.", "Give dicts: {} for a run without any.")
        found = {**self._fixed, **own}
        names = [name for name in found if name != "options" and (name not in NAMES or name in known)]
        try:
            check_names(self._name, names, self._schema)
        except Invalid as error:
            raise Invalid(f"Item {place}: {error.message}", error.hint) from None
        return found
