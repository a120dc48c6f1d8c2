"""One row of the tables: what it is for, and the words for it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..kinds import CELLS
from .case import Case

if TYPE_CHECKING:
    from dh_kernel._contract import Diagnosis

More = Callable[[Case, Mapping[str, str]], Mapping[str, Any]]


@dataclass(frozen=True)
class Row:
    """It fits if all that is given fits: one of `causes`, one of `kinds` (exception classes, their bases count), one of
    `errnos`, the pattern `says` in the message, and `when`.

    `summary`, `detail` and `cure` are templates over the case's name, function, message, type and place, the exception's
    facts, the pattern's groups and what `more` adds. `more` may also give `retry`: the changes for a retry that may succeed.
    """

    code: str
    summary: str
    cure: str
    detail: str = ""
    causes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    errnos: tuple[int, ...] = ()
    says: str = ""
    when: Callable[[Case], bool] | None = None
    more: More | None = None

    def explain(self, case: Case) -> Diagnosis | None:
        """The diagnosis, if the row fits."""
        match = re.search(self.says, case.message, re.DOTALL) if self.says else None
        if not self._fits(case) or (self.says and match is None):
            return None
        groups = {name: text for name, text in (match.groupdict() if match else {}).items() if text}
        values: dict[str, Any] = {
            "name": case.name,
            "function": case.function,
            "message": case.message,
            "type": case.error["type"] if case.error else "",
            "place": case.place,
            **case.facts,
            **groups,
        }
        if self.more:
            values.update(self.more(case, values))
        filled: defaultdict[str, Any] = defaultdict(str, values)
        texts = {field: getattr(self, field).format_map(filled).strip() for field in ("summary", "detail", "cure")}
        if case.is_file:
            texts["cure"] = re.sub(r"%dh (function|run) (?=\S*\.(ipynb|py)\b)", "%dh job ", texts["cure"])
            texts["cure"] = texts["cure"].replace(f"%dh job {CELLS}", "%dh job --cells NUMBERS")
        found: Any = {"code": values.get("code", self.code), **{field: text for field, text in texts.items() if text}}
        if not found.get("detail") and case.place:
            found["detail"] = case.place
        if values.get("retry"):
            found["retry"] = values["retry"]
        return found  # type: ignore[no-any-return]

    def _fits(self, case: Case) -> bool:
        return (
            (not self.causes or case.cause in self.causes)
            and (not self.kinds or bool(case.kinds.intersection(self.kinds)))
            and (not self.errnos or case.facts.get("errno") in {str(number) for number in self.errnos})
            and (self.when is None or self.when(case))
        )
