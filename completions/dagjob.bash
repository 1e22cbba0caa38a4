# Completion of dagjob for bash:  eval "$(dagjob completions bash)"
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
