"""The options that say where something runs, and with what."""

from __future__ import annotations

from .parse import Option

WHERE = (
    Option("cpu", "2", "cores; half a core is 0.5 or 500m"),
    Option("memory", "8Gi", "memory limit"),
    Option("gpu", "1", "GPUs"),
    Option("disk", "10Gi", "scratch space"),
    Option("timeout", "2h", "longest time of running"),
    Option("queue-timeout", "30m", "longest time of waiting"),
    Option("total-timeout", "4h", "longest time of waiting and running together"),
    Option("retries", "2", "more attempts after faults of the infrastructure"),
    Option("nodes", "4", "machines that run it together, each with these resources"),
    Option("env", "NAME=value", "environment variable; may be given again", many=True),
    Option("secret", "NAME", "secret, as an environment variable of that name; may be given again", many=True),
    Option("on", "local", "executor"),
    Option("profile", "NAME", "the administrator's named bundle of resources"),
)
OF_KERNEL = (
    *(option for option in WHERE if option.name not in ("retries", "nodes")),
    Option("requires", "a,b", "packages that it needs besides the image's", many=True),
    Option("local", says="back to the server's own machine"),
)
