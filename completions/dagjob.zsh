#compdef dagjob
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
