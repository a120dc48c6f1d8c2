"""Notebooks as data: what the capture must take along, typed into a shell here and into a real kernel in integration."""

from __future__ import annotations

from . import cells, classes, decorators, functions, imports, today, values
from .case import Case

THEMES = {
    "functions": functions.CASES,
    "decorators": decorators.CASES,
    "classes": classes.CASES,
    "imports": imports.CASES,
    "cells": cells.CASES,
    "today": today.CASES,
    "values": values.CASES,
}
CASES: dict[str, Case] = {f"{theme}: {name}": case for theme, cases in THEMES.items() for name, case in cases.items()}
