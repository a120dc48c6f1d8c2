"""Tab in a shell: `dh complete "dh run tr"` prints the words that fit, and `dh completion bash` the lines that ask it."""

from __future__ import annotations

import re

from ..errors import Invalid
from ..magics import complete as notebook

_BASH = """_dh() {
  local IFS=$'\\n' line="${COMP_LINE:0:COMP_POINT}"
  local word="${line##* }"
  local shown="${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(dh complete "$line" 2>/dev/null))
  # Bash breaks words at = and :, and replaces only what comes after
  local cut="${word%"$shown"}"
  [[ "$shown" == "=" || "$shown" == ":" ]] && cut="$word"
  COMPREPLY=("${COMPREPLY[@]#"$cut"}")
  [[ ${#COMPREPLY[@]} == 1 && "${COMPREPLY[0]}" == *[=/] ]] && compopt -o nospace
}
complete -F _dh dh"""
_ZSH = """#compdef dh
_dh() {
  local -a found
  found=("${(@f)$(dh complete "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  compadd -Q -S '' -- $found
}
compdef _dh dh"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH}


def complete(line: str) -> list[str]:
    """Whole words that may stand where `line` ends, `dh` included in it."""
    return notebook.complete(re.sub(r"^\s*dh\s+", "%dh ", line, count=1))


def script(shell: str) -> str:
    """The lines for a shell. Raises Invalid for an unknown one."""
    if shell not in _SCRIPTS:
        raise Invalid(
            f"There is no completion for '{shell}'." if shell else "Which shell?",
            'eval "$(dh completion bash)", or zsh.',
        )
    return _SCRIPTS[shell]
