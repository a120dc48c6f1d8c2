"""What a tool's process shares with others: its socket, and that it ends with the server."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading


def begin() -> tuple[socket.socket, list[str]]:
    """The socket to listen on, and the arguments before its number. From now on the process ends when its input does."""
    *arguments, number = sys.argv[1:]
    threading.Thread(target=_end_with_input, daemon=True).start()
    return socket.socket(fileno=int(number)), arguments


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
