"""Runs: how one is built, moves from state to state, is committed, explained, and followed. `RunManager` is the way in."""
