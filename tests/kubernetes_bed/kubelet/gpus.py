"""The GPUs of a node: names handed out to containers, nothing behind them."""


class Gpus:
    def __init__(self, count: int) -> None:
        self.count = count
        self._holders: dict[str, tuple[str, str] | None] = {f"GPU-{index}": None for index in range(count)}

    def take(self, pod: str, container: str, count: int) -> list[str]:
        """Asked again for the same container, the answer is the same."""
        holder = (pod, container)
        held = [gpu for gpu, owner in self._holders.items() if owner == holder]
        free = [gpu for gpu, owner in self._holders.items() if owner is None]
        for gpu in free[: count - len(held)]:
            self._holders[gpu] = holder
            held.append(gpu)
        return held

    def release(self, pod: str) -> None:
        for gpu, owner in self._holders.items():
            if owner and owner[0] == pod:
                self._holders[gpu] = None
