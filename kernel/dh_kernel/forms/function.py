"""The form of a function: its parameters, its resources, *Run*, and the run that this started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import traitlets

from ..arguments import is_table
from ..display import show
from ..display.entity import signature
from ..errors import DHError, Invalid, NotFound
from .controls import Control
from .fields import LEFT_OUT, Field, fields_of
from .run import RunView

if TYPE_CHECKING:
    from .things import Function, Run

_RESOURCES = ("cpu", "memory", "gpu", "disk", "timeout", "retries", "on", "profile")
_WIRE = {"memory": "mem"}
_CHOICES = 50  # references offered, of each type


class FunctionForm(widgets.VBox):  # type: ignore[misc]
    """`value` is the dict of what is filled in (a trait: it can be observed), `run` the handle of the last run."""

    value = traitlets.Dict()

    def __init__(self, function: Function):
        self.function = function
        self.run: Run | None = None
        fields = fields_of(function.spec.get("parameters") or {})
        self.controls = {field.name: Control(field, self._choices(field), self._changed) for field in fields}
        self.resources = {name: self._resource(name) for name in _RESOURCES}
        self.button = widgets.Button(description="Run", button_style="primary", icon="play")
        self.button.on_click(lambda _: self.start())
        self._fault = widgets.HTML()
        self._below = widgets.VBox()
        folded = widgets.Accordion([widgets.VBox(list(self.resources.values()))], selected_index=None)
        folded.set_title(0, "Resources")
        head = widgets.Label(signature(function.entity))
        super().__init__([head, *self.controls.values(), folded, self.button, self._fault, self._below])
        self._changed()

    def start(self) -> Run | None:
        """What the button does: start a run with what is filled in, and show it below. What is wrong is said beside
        its field, and nothing is started then."""
        self._say("")
        checked = [control.check() for control in (*self.controls.values(), *self.resources.values())]
        if not all(checked):
            self._say("Nothing was started: see above.")
            return None
        options = {name: control.plain for name, control in self.resources.items() if control.read() is not LEFT_OUT}
        given = {name: control.read() for name, control in self.controls.items()}
        self.button.disabled = True
        try:
            parameters = {name: value for name, value in given.items() if value is not LEFT_OUT}
            self.run = self.function.start(parameters, options)
        except DHError as error:
            self._refused(error)
            return None
        finally:
            self.button.disabled = False
        self._below.children = (RunView(self.run),)
        return self.run

    def _refused(self, error: DHError) -> None:
        """Beside the field that the message names, else below the button."""
        for name, control in {**self.controls, **self.resources}.items():
            if f"'{name}'" in error.message:
                control.say(" ".join(part for part in (error.message, error.hint) if part))
                return
        self._say(str(error))

    def _say(self, text: str) -> None:
        from ..display import html

        self._fault.value = html.code(text) if text else ""

    def _changed(self) -> None:
        found: dict[str, Any] = {}
        for name, control in self.controls.items():
            try:
                value = control.plain
            except (Invalid, NotFound):
                continue
            if value is not LEFT_OUT:
                found[name] = value
        self.value = found

    def _resource(self, name: str) -> Control:
        defaults = self.function.entity["metadata"].get("run_defaults") or {}
        plain = {**defaults, **(defaults.get("resources") or {})}
        default = plain.get({"on": "executor"}.get(name, _WIRE.get(name, name)))
        return Control(Field(name, "any", required=False, annotation=str(default or "")), (), lambda: None)

    def _choices(self, field: Field) -> list[str]:
        """References of the catalogue, and tables of this kernel."""
        found = []
        session = self.function.session
        for entity in field.entities:
            found += [one["metadata"].get("reference", "") for one in session.list(entity, size=_CHOICES)["content"]]
        return [*_tables(), *found] if field.entities else []


def _tables() -> list[str]:
    shell = show.shell()
    if shell is None:
        return []
    return [f"${name}" for name, value in list(shell.user_ns.items()) if name[0] != "_" and is_table(value)]
