"""The facts of one failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, ErrorDocument, Exit


@dataclass(frozen=True)
class Case:
    """`cause` is a word of reconcile.cause_of where there is no result, `error` the exception where there is one.

    `spec` is the run's; `waited` are seconds since it was posted, `log` is the end of its log (where an installer wrote),
    `kept` names the outputs that were saved, `waited_for` says what it waited for last, before it ran, `step` how far a
    notebook came: cell 2 of 5.
    """

    name: str = "RUN"  # train-42
    function: str = "FUNCTION"
    cause: str = ""
    error: ErrorDocument | None = None
    exit: Exit | None = None
    spec: Mapping[str, Any] = field(default_factory=dict)
    waited: float = 0.0
    log: str = ""
    kept: tuple[str, ...] = ()
    waited_for: str = ""
    step: str = ""

    @classmethod
    def of(cls, run: Entity, **facts: Any) -> Case:
        """The case of a run."""
        metadata: Any = run["metadata"]
        name = metadata.get("reference", run["id"]).rpartition("/")[2]
        function, message = metadata.get("function", "FUNCTION"), run["status"].get("message", "")
        return cls(name=name, function=function, spec=run["spec"], waited_for=message, **facts)

    @property
    def facts(self) -> dict[str, str]:
        """What the exception says of itself: path, errno, port, holder, input, reference …"""
        return dict(self.error.get("facts") or {}) if self.error else {}

    @property
    def message(self) -> str:
        """The exception's own words."""
        return self.error["message"] if self.error else ""

    @property
    def kinds(self) -> set[str]:
        """The exception's class and the built-in ones above it, without modules."""
        if self.error is None:
            return set()
        return {self.error["type"].rpartition(".")[2], self.error["type"], *(self.error.get("bases") or [])}

    @property
    def place(self) -> str:
        """The last line of the user's own code that was running: `cell [5], line 2, in split: x = df['delay']`."""
        frames = [frame for frame in self.error.get("frames", []) if frame.get("user")] if self.error else []
        if not frames:
            return ""
        last = frames[-1]
        code = f": {last['code']}" if last.get("code") else ""
        return f"{last['where']}, line {last['line']}, in {last['function']}{code}"

    @property
    def is_file(self) -> bool:
        """Whether a notebook or script was executed: it is registered and run by one verb, `%dh job`."""
        return "path" in (self.spec.get("source") or {})

    @property
    def own_modules(self) -> set[str]:
        """Top-level modules of the working folder that came along."""
        files = (self.spec.get("source") or {}).get("files") or {}
        return {"dh_code", *(path.partition("/")[0].removesuffix(".py") for path in files)}
