"""What bash offers when Tab is pressed."""
import os
import subprocess

from deadline import PATIENCE

WORDBREAKS = " \t\n\"'@><=;|&(:"     # as in bash: a colon ends a word, and what precedes it stays


def complete(script, function, line, path=None, **environment):
    """The candidates at the end of the line, from the function that the script defines. `path` is searched first for
    programs; `environment` is theirs."""
    done = subprocess.run(["bash", "--norc", "-c", 'source "$1"; COMP_LINE=$3; COMP_POINT=${#COMP_LINE}; COMP_WORDBREAKS=$4; read -ra COMP_WORDS <<<"$3"\n'
                           '[[ $3 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n'
                           'compopt() { echo "option $2"; }; "$2"; printf "%s\\n" "${COMPREPLY[@]}"', "bash", script, function, line, WORDBREAKS],
                          capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"], **environment})
    assert done.returncode == 0 and not done.stderr, done.stderr
    return [line for line in done.stdout.split("\n") if line]
