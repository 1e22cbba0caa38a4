"""`dagjob completions SHELL`: the script that connects a shell with `dagjob __complete`, which gives all the answers.

So a script does not change with the commands, and costs the shell nothing until a key is pressed. The files in
`completions/` are these texts.
"""

import sys

from dagjob.cli import registry_help
from dagjob.cli.arguments import ParsedArguments
from dagjob.display.output import write_text
from dagjob.errors import DagjobUsageError, ExitCode, did_you_mean

BASH = r"""# Completion of dagjob for bash:  eval "$(dagjob completions bash)"
_dagjob() {
    local word program=${COMP_WORDS[0]/#\~\//$HOME/}
    declare -F "$program" >/dev/null || type -P "$program" >/dev/null || program=dagjob
    COMPREPLY=()
    while IFS= read -r word; do
        case $word in
            :file) compopt -o default 2>/dev/null ;;
            :folder) compopt -o dirnames 2>/dev/null ;;
            *) COMPREPLY+=("$word") ;;
        esac
    done < <("$program" __complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" "$COMP_TYPE" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o nosort -F _dagjob dagjob 2>/dev/null || complete -F _dagjob dagjob
"""

ZSH = r"""#compdef dagjob
# Completion of dagjob for zsh:  eval "$(dagjob completions zsh)"
_dagjob() {
    local line begun=$PREFIX program=${${(Q)words[1]}/#\~\//$HOME/}
    local -a values shown before
    (( CURRENT > 2 )) && before=("${(@Q)words[2,CURRENT-1]}")
    [[ $compstate[quote] == \' ]] || begun=${(Q)begun}
    (( $+commands[$program] || $+functions[$program] )) || [[ -x $program ]] || program=dagjob
    for line in "${(@f)$($program __complete zsh "${before[@]}" "$begun" 2>/dev/null)}"; do
        case $line in
            :file) _files ;;
            :folder) _files -/ ;;
            ?*)
                values+=("${line%%$'\t'*}")
                shown+=("${line/$'\t'/  -- }")
                ;;
        esac
    done
    if (( ${#values} == 1 )) && [[ ${values[1]} == *= ]]; then
        compadd -V dagjob -S '' -l -d shown -a values
    elif (( ${#values} )); then
        compadd -V dagjob -l -d shown -a values
    fi
}
if [[ ${funcstack[1]} == _dagjob ]]; then
    _dagjob "$@"
else
    compdef _dagjob dagjob
fi
"""

FISH = r"""# Completion of dagjob for fish:  dagjob completions fish | source
function __dagjob_complete
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q $program; or set program dagjob
    for line in ($program __complete fish $words[2..-1] (commandline -ct) 2>/dev/null)
        switch $line
            case :file
                __fish_complete_path (commandline -ct)
            case :folder
                __fish_complete_directories (commandline -ct)
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c dagjob -f -k -a '(__dagjob_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def completions(args: ParsedArguments) -> int:
    shell = args.text(registry_help.SHELL)
    if shell is None:
        raise DagjobUsageError("SHELL is missing: bash, zsh or fish")
    if shell not in SCRIPTS:
        raise DagjobUsageError(f'SHELL is one of {", ".join(SCRIPTS)}, not "{shell}".{did_you_mean(shell, SCRIPTS)}')
    write_text(sys.stdout, SCRIPTS[shell])
    return ExitCode.OK
