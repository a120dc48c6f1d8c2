"""Which parameters come next: a sampler of Optuna, or the grid. Used by one thread at a time, never by the server's loop.

Optuna keeps its study in memory; the journal is what lasts. Choices are given to it as their places, since it takes no lists
or dicts.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from dh_kernel.errors import Invalid, NotInstalled

from . import space as spaces
from .ledger import Parameters, Trial

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

CURE = "pip install 'dh-jupyter[sweeps]'"
NEEDS = {"cmaes": ("cmaes",), "qmc": ("scipy",), "gp": ("torch", "scipy")}


class SamplerFailed(Exception):
    """It raised something that it should not, also after it was made anew. The text says what."""


class Sampling(Protocol):
    """Where parameters come from."""

    def ask(self, number: int, picked: Parameters | None) -> Parameters:
        """Of the trial with that number, which is the next one. `picked`: some or all of them, by hand."""

    def suggest(self, number: int, name: str, one: spaces.Dimension, picked: list[Any]) -> Any:
        """What that trial asks for while it runs; `picked` holds the value if somebody picked one."""

    def tell(self, trial: Trial) -> None:
        """It has ended."""

    def importance(self) -> dict[str, float]:
        """How much each parameter that all trials have decides about the first objective, together 1. Raises Invalid if
        there is too little to say."""


def check_sampler(spec: Mapping[str, Any]) -> None:
    """Raise NotInstalled or Invalid for a sampler that can't be had for this."""
    sampler = spec.get("sampler") or "tpe"
    for package in () if sampler == "grid" else ("optuna", *NEEDS.get(sampler, ())):
        if importlib.util.find_spec(package) is None:
            cure = CURE if package == "optuna" else f"pip install {package}"
            raise NotInstalled(f"The sampler '{sampler}' needs the package '{package}'.", cure)
    if sampler == "cmaes" and len(spec["objectives"]) > 1:
        raise Invalid("The sampler 'cmaes' has one objective.", "--sampler nsgaii or tpe take several.")
    if sampler == "grid":
        spaces.grid_size(spec["space"])


def sampling_for(spec: Mapping[str, Any], trials: Iterable[Trial], known: Iterable[Trial] = ()) -> Sampling:
    """For a sweep whose trials are these; `known` are finished ones of other sweeps."""
    if spec.get("sampler") == "grid":
        return Grid(spec, trials, known)
    return Optuna(spec, trials, known)


class Grid:
    """Every combination once. Those that were picked by hand, or that are known from another sweep, are not tried again."""

    def __init__(self, spec: Mapping[str, Any], trials: Iterable[Trial], known: Iterable[Trial] = ()) -> None:
        self._space = spec["space"]
        self._spec = spec
        self._size = spaces.grid_size(self._space)
        self._next = 0
        self._ahead: list[Parameters] = []  # tried before their turn
        self._trials = list(trials)
        before = spaces.tried(self._space, (trial.parameters for trial in known if trial.values))
        for parameters in (*before, *(trial.parameters for trial in self._trials)):
            self._pass(parameters)

    def ask(self, number: int, picked: Parameters | None) -> Parameters:
        """See Sampling. Raises Invalid when all were tried: the budget says so before."""
        if picked is not None:
            whole = {**spaces.combination(self._space, 0), **picked}
            self._pass(whole)
            return whole
        while self._next < self._size:
            found = spaces.combination(self._space, self._next)
            self._next += 1
            if found not in self._ahead:
                return found
            self._ahead.remove(found)
        raise Invalid("Every combination was tried.")

    def suggest(self, number: int, name: str, one: spaces.Dimension, picked: list[Any]) -> Any:
        """See Sampling. It can't be asked: such a sweep is refused."""
        raise Invalid("A grid is known before it begins.", "Take another sampler.")

    def _pass(self, parameters: Parameters) -> None:
        if self._next < self._size and spaces.combination(self._space, self._next) == parameters:
            self._next += 1
        else:
            self._ahead.append(parameters)

    def tell(self, trial: Trial) -> None:
        """The grid does not learn."""
        self._trials.append(trial)

    def importance(self) -> dict[str, float]:
        """By a study that is told of all trials."""
        told = {trial.number: trial for trial in self._trials}
        ended = [trial for trial in told.values() if trial.values]
        return Optuna({**self._spec, "sampler": "random"}, (), ended).importance()


class Optuna:
    """A study in memory."""

    def __init__(self, spec: Mapping[str, Any], trials: Iterable[Trial], known: Iterable[Trial] = ()) -> None:
        import optuna

        trials, known = list(trials), list(known)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna = optuna
        self._space: spaces.Space = spec["space"]
        self._names = [objective["name"] for objective in spec["objectives"]]
        self._distributions = {name: self._distribution(one) for name, one in self._space.items()}
        self._study: Study = optuna.create_study(
            directions=[objective["direction"] for objective in spec["objectives"]],
            sampler=self._sampler(spec, len(trials) + len(known)),
            pruner=optuna.pruners.NopPruner(),
        )
        before = [self._frozen(trial) for trial in known if trial.values and self._fits(trial.parameters)]
        self._study.add_trials(before)
        self._before = len(before)  # Optuna's numbers begin after those
        self._study.add_trials([self._frozen(trial) for trial in trials])
        self._asking: dict[int, Any] = {}  # Optuna's trials of those that may ask

    def ask(self, number: int, picked: Parameters | None) -> Parameters:
        """See Sampling."""
        if picked is not None:
            self._study.enqueue_trial({name: _coded(self._space[name], value) for name, value in picked.items()})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what is experimental in Optuna
            trial = self._study.ask(self._distributions)
        assert trial.number == number + self._before, (trial.number, number)
        self._asking[number] = trial
        return {name: _decoded(one, trial.params[name]) for name, one in self._space.items()}

    def suggest(self, number: int, name: str, one: spaces.Dimension, picked: list[Any]) -> Any:
        """See Sampling."""
        place, distribution = number + self._before, self._distribution(one)
        if picked:
            inner = distribution.to_internal_repr(_coded(one, picked[0]))
            self._study._storage.set_trial_param(place, name, inner, distribution)
            return picked[0]
        if number not in self._asking:
            self._asking[number] = self._optuna.trial.Trial(self._study, place)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(one, _asked(self._asking[number], name, one))

    def tell(self, trial: Trial) -> None:
        """See Sampling."""
        self._asking.pop(trial.number, None)
        number = trial.number + self._before  # and in the memory of one study also the trial's id
        states, storage = self._optuna.trial.TrialState, self._study._storage
        if trial.violations:
            storage.set_trial_user_attr(number, "violations", list(trial.violations))
        if trial.state == "finished":
            self._study.tell(number, list((trial.values or {}).values()))
        elif trial.state == "pruned" and trial.points and len(self._names) == 1:
            step, value = trial.points[-1]
            storage.set_trial_intermediate_value(number, step, value)
            self._study.tell(number, state=states.PRUNED)
        else:
            self._study.tell(number, state=states.FAIL)

    def importance(self) -> dict[str, float]:
        """See Sampling."""
        ended = [trial for trial in self._study.trials if trial.state.name == "COMPLETE"]
        ended = [trial for trial in ended if set(self._space) <= set(trial.params)]
        if len(ended) < 3:
            raise Invalid("There are too few finished trials to say.", "Ask again when there are three or more.")
        names = [name for name in ended[0].params if all(name in trial.params for trial in ended)]
        if not names:
            raise Invalid("No parameter is in all trials.", "s.study has the trials: compare those that have it.")
        study = self._optuna.create_study(directions=[self._study.directions[0]])
        study.add_trials([_alone(self._optuna, trial) for trial in ended[-MOST_WEIGHED:]])
        values = {trial.value for trial in study.trials}
        if len(values) == 1:
            return dict.fromkeys(names, 1 / len(names))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._optuna.importance.get_param_importances(study, evaluator=self._evaluator())
        return {name: float(found.get(name, 0.0)) for name in names}

    def _evaluator(self) -> Any:
        if importlib.util.find_spec("sklearn") is None:
            return self._optuna.importance.PedAnovaImportanceEvaluator()
        return self._optuna.importance.FanovaImportanceEvaluator(seed=0)

    # -- Optuna's words ------------------------------------------------------------------------------------------------

    def _sampler(self, spec: Mapping[str, Any], asked: int) -> Any:
        samplers = self._optuna.samplers
        seed = (
            None if spec.get("seed") is None else spec["seed"] + asked
        )  # else it would begin again with the same ones
        limited = {"constraints_func": _violations} if spec.get("constraints") else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            match spec.get("sampler") or "tpe":
                case "random":
                    return samplers.RandomSampler(seed=seed)
                case "cmaes":
                    return samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
                case "qmc":
                    return _qmc_from(samplers, asked, seed)
                case "gp":
                    return samplers.GPSampler(seed=seed, **limited)
                case "nsgaii":
                    return samplers.NSGAIISampler(seed=seed, **limited)
            return samplers.TPESampler(seed=seed, constant_liar=True, **limited)

    def _distribution(self, one: spaces.Dimension) -> Any:
        kinds = self._optuna.distributions
        if one["type"] == "choice":
            return kinds.CategoricalDistribution(tuple(range(len(one["choices"]))))
        log, step = bool(one.get("log")), one.get("step")
        if one["type"] == "int":
            return kinds.IntDistribution(int(one["low"]), int(one["high"]), log=log, step=int(step or 1))
        return kinds.FloatDistribution(float(one["low"]), float(one["high"]), log=log, step=step)

    def _fits(self, parameters: Parameters) -> bool:
        return set(self._space) <= set(parameters) and all(
            spaces.holds(one, parameters[name]) for name, one in self._space.items()
        )

    def _frozen(self, trial: Trial) -> Any:
        """A trial as Optuna would have it by now."""
        states = self._optuna.trial.TrialState
        names = {"finished": states.COMPLETE, "pruned": states.PRUNED, "failed": states.FAIL}
        state = names.get(trial.state, states.RUNNING)
        if state is states.PRUNED and (not trial.points or len(self._names) > 1):
            state = states.FAIL
        varied = (
            {**self._space, **trial.space} if self._fits(trial.parameters) else {}
        )  # picked by hand it may lie elsewhere
        broken = list(trial.violations)
        return self._optuna.trial.create_trial(
            state=state,
            values=list((trial.values or {}).values()) if state is states.COMPLETE else None,
            params={name: _coded(one, trial.parameters[name]) for name, one in varied.items()},
            distributions={name: self._distribution(one) for name, one in varied.items()},
            intermediate_values=dict(trial.points) if state is states.PRUNED else None,
            user_attrs={"violations": broken} if broken else None,
            system_attrs={"constraints": broken} if broken else None,
        )


def _coded(one: spaces.Dimension, value: Any) -> Any:
    """A choice as its place."""
    if one["type"] != "choice":
        return value
    return next(i for i, other in enumerate(one["choices"]) if type(other) is type(value) and other == value)


def _decoded(one: spaces.Dimension, value: Any) -> Any:
    return one["choices"][value] if one["type"] == "choice" else value


def _asked(trial: Any, name: str, one: spaces.Dimension) -> Any:
    """Of a trial of Optuna, which decides."""
    if one["type"] == "choice":
        return trial.suggest_categorical(name, tuple(range(len(one["choices"]))))
    log, step = bool(one.get("log")), one.get("step")
    if one["type"] == "int":
        return trial.suggest_int(name, int(one["low"]), int(one["high"]), log=log, step=int(step or 1))
    return trial.suggest_float(name, float(one["low"]), float(one["high"]), log=log, step=step)


def _qmc_from(samplers: Any, asked: int, seed: int | None) -> Any:
    """One whose sequence, which Optuna counts in the study's own memory, goes on after those that were asked for."""

    class Continued(samplers.QMCSampler):  # type: ignore[misc]
        def _find_sample_id(self, study: Any, search_space: Any) -> int:
            return asked + int(super()._find_sample_id(study, search_space))

    return Continued(seed=seed, warn_independent_sampling=False, warn_asynchronous_seeding=False)


MOST_WEIGHED = 1000  # trials from which importance is computed


def _violations(trial: FrozenTrial) -> list[float]:
    return list(trial.user_attrs.get("violations", [1.0]))


def _alone(optuna: Any, trial: Any) -> Any:
    """The trial with its first objective only."""
    return optuna.trial.create_trial(params=trial.params, distributions=trial.distributions, value=trial.values[0])
