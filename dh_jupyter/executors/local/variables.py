"""The environment variables of user code: the server's without what gives rights, the run's own, and thread numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..threads import THREADS

# What lets a process speak for the user or the server. Everything else of the server's environment comes along.
SECRETS = frozenset(
    {
        "DH_TOKEN",
        "DH_SERVER_URL",
        "JUPYTER_TOKEN",
        "JUPYTERHUB_API_TOKEN",
        "JUPYTERHUB_API_KEY",
        "JUPYTERHUB_COOKIE_SECRET",
        "JUPYTERHUB_CRYPT_KEY",
        "CONFIGPROXY_AUTH_TOKEN",
        "JPY_API_TOKEN",
        "MLFLOW_TRACKING_TOKEN",
        "MLFLOW_TRACKING_USERNAME",
        "MLFLOW_TRACKING_PASSWORD",
        # where the broker writes runs to; the runs themselves write into their folders
        "MLFLOW_TRACKING_URI",
        "MLFLOW_REGISTRY_URI",
        "MLFLOW_RUN_ID",
        "MLFLOW_EXPERIMENT_ID",
        "MLFLOW_EXPERIMENT_NAME",
        "DH_RUN_FOLDER",  # of a run in which somebody started a server
        "DH_WAKE_PIPE",
        "DH_HAND_FD",
    }
)
SECRET_PREFIXES = ("DHCORE_", "JPY_")

# Read when Python or a library is loaded: a run that sets one of these can't be forked from a process that has loaded them.
_READ_ON_LOADING = (
    "PYTHON",
    "LD_",
    "DYLD_",
    "MALLOC_",
    "GLIBC_",
    "OMP_",
    "OPENBLAS_",
    "MKL_",
    "ARROW_",
    "POLARS_",
    "NUMBA_",
)


def inherited() -> dict[str, str]:
    """The server's variables without secrets."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in SECRETS and not name.startswith(SECRET_PREFIXES)
    }


def of_run(own: Mapping[str, str], cores: int, gpus: tuple[str, ...]) -> dict[str, str]:
    """All variables of a run's process. `own`, the run's, win over everything but the devices."""
    return {
        **inherited(),
        "MPLBACKEND": "Agg",
        "PYTHONUNBUFFERED": "1",
        **dict.fromkeys(THREADS, str(cores)),
        **own,
        "CUDA_VISIBLE_DEVICES": ",".join(gpus),
    }


def of_zygote() -> dict[str, str]:
    """A zygote's variables: one thread in every pool, and nothing that starts one by being imported."""
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    return {**inherited(), **dict.fromkeys(THREADS, "1"), **quiet, "MPLBACKEND": "Agg", "CUDA_VISIBLE_DEVICES": ""}


def needs_fresh_process(own: Mapping[str, str]) -> bool:
    """Whether the run's own variables come too late for a forked process."""
    return any(name.startswith(_READ_ON_LOADING) for name in own)
