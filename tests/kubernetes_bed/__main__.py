"""Starts and stops a cluster by hand.

python -m kubernetes_bed up --plane fake --folder DIR --gpus 4
python -m kubernetes_bed down --folder DIR
"""

import argparse
import sys
from pathlib import Path

from .cluster import PLANES, Cluster, stop_recorded
from .nodes import Node
from .plane import PlaneNotBuilt


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=__package__, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start a cluster, print its kubeconfig, and leave it running")
    up.add_argument("--plane", choices=PLANES, default="fake")
    up.add_argument("--folder", type=Path, required=True)
    up.add_argument("--node", action="append", help="name of a node; may be repeated")
    up.add_argument("--gpus", type=int, default=0, help="of each node")
    down = commands.add_parser("down", help="stop the cluster of a folder")
    down.add_argument("--folder", type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if arguments.command == "down":
        stop_recorded(arguments.folder)
        return
    nodes = [Node(name, gpus=arguments.gpus) for name in arguments.node or ["node-a"]]
    try:
        cluster = Cluster(arguments.plane, arguments.folder, nodes).__enter__()
    except PlaneNotBuilt as error:
        sys.exit(str(error))
    print(cluster.kubeconfig)
    print("ready")


if __name__ == "__main__":
    main()
