"""Magic and shell lines, as IPython has rewritten them into calls."""

from __future__ import annotations

import ast
import re
import shlex

RUNS = {"run_line_magic", "run_cell_magic", "system", "getoutput", "magic"}
_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w,. -]+\])?\s*([=<>!~].*)?")
_BEFORE_PIP = re.compile(r"(.*/)?python[\d.]*|-m|uv|sudo|\{sys\.executable\}")
_WITH_VALUE = {"-r", "-c", "-e", "-i", "-f", "-t"} | {
    f"--{name}"
    for name in (
        "requirement", "constraint", "editable", "index-url", "extra-index-url", "find-links", "target", "prefix", "python",
        "trusted-host", "proxy",
    )
}  # fmt: skip


def magic_of(node: ast.AST) -> tuple[str, list[str]] | None:
    """(`run_line_magic`, its texts) of a statement that is a magic or shell line; None of any other."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in RUNS:
        return None
    shell = call.func.value
    if not (isinstance(shell, ast.Call) and isinstance(shell.func, ast.Name) and shell.func.id == "get_ipython"):
        return None
    return call.func.attr, [str(one.value) for one in call.args if isinstance(one, ast.Constant)]


def left_of(node: ast.AST) -> str:
    """What is left of a magic line without the magic: the statement that `%time` ran, else `pass`."""
    name, texts = magic_of(node) or ("", [])
    if name == "run_line_magic" and texts[:1] == ["time"] and len(texts) > 1:
        try:
            ast.parse(texts[1])
        except SyntaxError:
            return "pass"
        return texts[1]
    return "pass"


def installed_by(tree: ast.AST) -> list[str]:
    """Requirements that `%pip install` and `!pip install` lines name; no files, addresses or options."""
    found: list[str] = []
    for node in ast.walk(tree):
        magic = magic_of(node)
        if magic is not None and "install" in " ".join(magic[1]):
            found += _named_in(" ".join(magic[1]))
    return found


def _named_in(line: str) -> list[str]:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return []
    place = next((index for index, word in enumerate(words) if re.fullmatch(r"(.*/)?pip3?", word)), len(words))
    if words[place + 1 : place + 2] != ["install"] or not all(map(_BEFORE_PIP.fullmatch, words[:place])):
        return []
    found: list[str] = []
    rest = iter(words[words.index("install") + 1 :])
    for word in rest:
        if word in _WITH_VALUE:
            next(rest, None)
        elif word in ("&&", ";", "|", "||") or word.startswith((">", "2>", "1>")):
            break
        elif _REQUIREMENT.fullmatch(word):
            found.append(word)
    return found
