"""A node as a process: `python -m kubernetes_bed.kubelet --node NAME --server URL --pki FOLDER ...`."""

import argparse
import asyncio
import logging
import re
from pathlib import Path

from .api import ApiClient
from .cgroup import memory_can_be_limited
from .container import Machine
from .gpus import Gpus
from .isolation import complaints, detect
from .logs import serve_logs
from .node import Kubelet, NodeSettings
from .pod import Host

log = logging.getLogger("kubelet")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--node", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--pki", type=Path, required=True, help="the bed's certificates")
    parser.add_argument("--folder", type=Path, required=True, help="logs, volumes, claims")
    parser.add_argument("--scratch", type=Path, required=True, help="overlays: not on the disk of /")
    parser.add_argument("--port", type=int, required=True, help="of the log API")
    parser.add_argument("--gpus", type=int, default=0)
    parser.add_argument("--cpu", type=int, default=64)
    parser.add_argument("--memory", default="64Gi")
    parser.add_argument("--absent-images", default=r"\.invalid/", help="regular expression")
    parser.add_argument("--show", action="append", default=[], metavar="FOLDER", help="of the host, in all containers")
    parser.add_argument("--log-limit", type=int, default=10 << 20, help="bytes")
    parser.add_argument("--restart-backoff", type=float, default=10)
    parser.add_argument("--label", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--taint", action="append", default=[], metavar="KEY=VALUE:EFFECT")
    return parser.parse_args()


def node_settings(arguments: argparse.Namespace) -> NodeSettings:
    taints = []
    for text in arguments.taint:
        key, value, effect = re.split("[=:]", text)
        taints.append({"key": key, "value": value, "effect": effect})
    return NodeSettings(
        name=arguments.node,
        port=arguments.port,
        gpus=arguments.gpus,
        cpu=arguments.cpu,
        memory=arguments.memory,
        labels=dict(text.split("=", 1) for text in arguments.label),
        taints=taints,
    )


async def serve(arguments: argparse.Namespace) -> None:
    identity = f"node-{arguments.node}"
    machine = Machine(
        detect(arguments.scratch),
        memory_can_be_limited(),
        arguments.scratch,
        arguments.folder / "processes",
        tuple(arguments.show),
        arguments.log_limit,
    )
    machine.processes.mkdir(parents=True, exist_ok=True)
    for sentence in complaints(machine.isolation, machine.memory_limits):
        log.warning(sentence)
    api = ApiClient(arguments.server, arguments.pki, identity)
    host = Host(
        node=arguments.node,
        api=api,
        machine=machine,
        folder=arguments.folder,
        gpus=Gpus(arguments.gpus),
        absent_images=re.compile(arguments.absent_images),
        restart_backoff=arguments.restart_backoff,
    )
    kubelet = Kubelet(node_settings(arguments), api, host)
    runner = await serve_logs(arguments.pki, identity, arguments.port, kubelet.find_pod)
    await kubelet.register()
    log.info("ready, isolation: %s", machine.isolation)
    await kubelet.run()
    await runner.cleanup()
    await api.close()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(serve(parse_arguments()))


if __name__ == "__main__":
    main()
