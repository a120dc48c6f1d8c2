"""What trials ask for while they run is answered: questions are lines of metrics.jsonl, answers lie in answers.json.

A broker that begins anew answers all again, from the journal: a value that was suggested once is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder

from ..validation import check_shape
from .pruning import thinned

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, TrialAnswer

    from .ledger import Trial
    from .study import Study


@dataclass
class Heard:
    """Of one attempt, as far as its metrics.jsonl was read."""

    at: int = 0  # byte
    asks: list[Any] = field(default_factory=list)
    answers: list[TrialAnswer] = field(default_factory=list)
    told: int = 0  # of the answers
    attributes: dict[str, Any] = field(default_factory=dict)
    points: list[tuple[int, float]] = field(default_factory=list)  # of the first objective


class Answering:
    """Used under the sweep's lock."""

    def __init__(self, folder: Callable[[Entity], Path]) -> None:
        """`folder` gives that of a run's newest attempt."""
        self._folder = folder
        self._heard: dict[str, tuple[Path, Heard]] = {}  # by run

    def answer(self, study: Study, trial: Trial, run: Entity) -> None:
        """All that it has asked. Raises OSError with nothing told that is not on the disk."""
        folder = RunFolder(self._folder(run))
        heard = self._listen(run["id"], folder, study.spec["objectives"][0]["name"])
        if heard.attributes:
            study.ledger.see(trial.number, attributes=dict(heard.attributes))
        if heard.told == len(heard.asks):
            return
        for ask in heard.asks[len(heard.answers) :]:
            heard.answers.append(_answer(study, trial, heard, ask))
        folder.write_answers(heard.answers)
        heard.told = len(heard.answers)

    def forget(self, run_id: str) -> None:
        """It has ended."""
        self._heard.pop(run_id, None)

    def _listen(self, run_id: str, folder: RunFolder, objective: str) -> Heard:
        known = self._heard.get(run_id)
        if known is None or known[0] != folder.path:
            known = self._heard[run_id] = folder.path, Heard()
        heard = known[1]
        lines, heard.at = folder.read_metrics(heard.at)
        for line in lines:
            if "asks" in line:
                heard.asks.append(line["asks"])
            heard.attributes.update(line.get("notes") or {})
            if objective in line.get("values", {}):
                heard.points.append((line.get("step", len(heard.points)), float(line["values"][objective])))
        return heard


def _answer(study: Study, trial: Trial, heard: Heard, ask: Any) -> TrialAnswer:
    try:
        check_shape("TrialAsk", ask)
        if ask.get("prune"):
            return {"prune": _is_to_end(study, trial, heard)}
        if "name" not in ask or "of" not in ask:
            raise Invalid("A question has a name and what it may be.", "trial.suggest_float(name, low, high)")
        return {"value": study.suggest(trial.number, ask["name"], ask["of"])}
    except Invalid as error:
        return {"refused": " ".join([error.message, *error.details]), "hint": error.hint}


def _is_to_end(study: Study, trial: Trial, heard: Heard) -> bool:
    """The verdict is written down before it is told."""
    if trial.pruned_at is None and heard.points:
        points = thinned(heard.points)
        if study.is_hopeless(trial.number, points):
            study.write([{"op": "prune", "n": trial.number, "step": points[-1][0]}])
    return trial.pruned_at is not None
