"""A field as widgets: a label, what is typed in, and a place for what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from ..display import show
from ..errors import Invalid, NotFound
from .fields import LEFT_OUT, Field, read, shown

_WIDE = {"width": "320px"}
_LABEL = {"width": "150px", "flex": "0 0 auto"}
_NONE = "(none)"


class Control(widgets.HBox):  # type: ignore[misc]
    """One field. `read()` gives its value, LEFT_OUT, or None and shows why; `say` shows a fault beside it."""

    def __init__(self, field: Field, choices: Sequence[str], changed: Callable[[], None]):
        self.field = field
        self._fault = widgets.HTML()
        self.typed, parts = _MAKERS.get(field.kind, _words)(field, choices)
        label = widgets.Label(field.name, layout=_LABEL, tooltip=field.annotation)
        super().__init__([label, *parts, self._fault])
        self._changed = changed
        self.typed.observe(self._on_typed, "value")

    def _on_typed(self, _: Any) -> None:
        self.check()
        self._changed()

    def check(self) -> bool:
        """Whether what is typed is a value; if not, it is said beside the field."""
        try:
            self.read()
        except (Invalid, NotFound) as error:
            self.say(error.message)
            return False
        self.say("")
        return True

    def read(self) -> Any:
        """The value, or LEFT_OUT. Raises Invalid, or NotFound for a variable that is not there."""
        typed = self.typed.value
        if self.field.kind == "choice":
            return self.field.choices[typed] if isinstance(typed, int) and typed >= 0 else _left_out(self.field)
        if not isinstance(typed, str):
            return typed
        return _variable(typed.strip()[1:]) if typed.strip().startswith("$") else read(self.field, typed)

    @property
    def plain(self) -> Any:
        """The value as a person reads it: texts and references as texts."""
        value = self.read()
        return getattr(value, "text", value)

    def say(self, fault: str) -> None:
        """What is wrong with it; nothing: all is well."""
        style = "color:var(--jp-error-color1,#b71c1c)"
        self._fault.value = f'<span role="alert" style="{style}">{escape(fault)}</span>' if fault else ""

    @property
    def fault(self) -> str:
        """What is said beside it, as HTML."""
        return str(self._fault.value)


def _left_out(field: Field) -> Any:
    if field.optional:
        return None
    if field.required:
        raise Invalid("is needed")
    return LEFT_OUT


def _variable(name: str) -> Any:
    shell = show.shell()
    if shell is None or name not in shell.user_ns:
        raise NotFound(f"There is no variable '{name}'.")
    return shell.user_ns[name]


def _flag(field: Field, choices: Sequence[str]) -> Any:
    box = widgets.Checkbox(bool(field.default), indent=False, layout={"width": "auto"})
    return box, [box]


def _whole(field: Field, choices: Sequence[str]) -> Any:
    """A text to type any number, and a slider beside it whose range follows what is typed."""
    if not isinstance(field.default, int) or isinstance(field.default, bool) or field.optional:
        return _words(field, choices)
    typed = widgets.IntText(field.default, layout={"width": "110px"})
    low, high = field.range
    slider = widgets.IntSlider(field.default, min=low, max=high, readout=False, layout={"width": "210px"})

    def follow(change: Any) -> None:
        slider.min, slider.max = min(slider.min, change["new"]), max(slider.max, change["new"])
        slider.value = change["new"]

    def lead(change: Any) -> None:
        typed.value = change["new"]

    typed.observe(follow, "value")
    slider.observe(lead, "value")
    return typed, [typed, slider]


def _number(field: Field, choices: Sequence[str]) -> Any:
    if not isinstance(field.default, (int, float)) or field.optional:
        return _words(field, choices)
    typed = widgets.FloatText(float(field.default), step=None, layout=_WIDE)
    return typed, [typed]


def _choice(field: Field, choices: Sequence[str]) -> Any:
    options = [(str(choice), place) for place, choice in enumerate(field.choices)]
    chosen = field.choices.index(field.default) if field.default in field.choices else -1
    if field.optional or chosen < 0:
        options.insert(0, (_NONE if field.optional else "choose …", -1))
    typed = widgets.Dropdown(options=options, value=chosen, layout=_WIDE)
    return typed, [typed]


def _reference(field: Field, choices: Sequence[str]) -> Any:
    typed = widgets.Combobox(
        value="", options=list(choices), placeholder="type/name, or $variable", ensure_option=False, layout=_WIDE
    )
    return typed, [typed]


def _words(field: Field, choices: Sequence[str]) -> Any:
    placeholder = "none" if field.optional else "" if field.required else "its default"
    typed = widgets.Text(shown(field.default), placeholder=placeholder, continuous_update=False, layout=_WIDE)
    return typed, [typed]


_MAKERS: dict[str, Callable[[Field, Sequence[str]], Any]] = {
    "flag": _flag,
    "whole": _whole,
    "number": _number,
    "choice": _choice,
    "reference": _reference,
}
