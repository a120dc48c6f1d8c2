"""Profiles as they are shown to who chooses one: with the GPUs that are free now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dh_kernel.errors import DHError

from .profiles import Profiles

if TYPE_CHECKING:
    from dh_kernel._contract import Profile

    from ..executors.base import Executor


class Offers:
    """Asks those executors that can tell; so it takes as long as a cluster takes to answer."""

    def __init__(self, profiles: Profiles, executor: Callable[[str], Executor]) -> None:
        self._profiles = profiles
        self._executor = executor

    def all(self, gpus: bool = False) -> list[Profile]:
        """In the file's order; with `gpus` what is free of them."""
        return [self._shown(profile, gpus) for profile in self._profiles.all().values()]

    def get(self, name: str, gpus: bool = False) -> Profile:
        """One. Raises NotFound with the nearest name."""
        return self._shown(self._profiles.get(name), gpus)

    def _shown(self, profile: Profile, gpus: bool) -> Profile:
        words = self._words(profile) if gpus and has_gpus(profile) else ""
        return {**profile, "gpus": words} if words else profile

    def _words(self, profile: Profile) -> str:
        try:
            ask = getattr(self._executor(profile["options"].get("executor") or "local"), "gpus_free", None)
            return str(ask(profile["placement"])) if ask else ""
        except DHError as error:
            return f"unknown, because {error.message[:1].lower()}{error.message[1:]}"


def has_gpus(profile: Profile) -> bool:
    """Whether it gives some, or allows some."""
    placement = profile["placement"]
    asked = [(profile["options"].get("resources") or {}).get("gpu"), profile["limits"].get("gpu")]
    named = placement.get("gpu_type") or placement.get("gpu_resource")
    return bool(named) or any(str(one or "0") != "0" for one in asked)
