"""Ray Tune's own loop, in the peers' Python: `python _ray_tune.py TRIALS SECONDS` prints how many seconds a search took on two
CPUs, from the first trial to the last; Ray itself is up before."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time

os.environ.update(RAY_AIR_NEW_OUTPUT="0", TUNE_DISABLE_AUTO_CALLBACK_LOGGERS="1", RAY_USAGE_STATS_ENABLED="0")


def main(trials: int, seconds: float) -> None:
    import ray
    from ray import tune

    def objective(config: dict[str, float]) -> dict[str, float]:
        time.sleep(seconds)
        return {"loss": config["x0"]}

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    chosen = tune.TuneConfig(num_samples=trials, max_concurrent_trials=2, metric="loss", mode="min")
    with tempfile.TemporaryDirectory() as folder:
        kept = tune.RunConfig(storage_path=folder, verbose=0)
        begun = time.perf_counter()
        tune.Tuner(objective, param_space={"x0": tune.uniform(0, 1)}, tune_config=chosen, run_config=kept).fit()
        print(f"took {time.perf_counter() - begun:.1f}", flush=True)
    ray.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
