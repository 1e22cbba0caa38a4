# Completion of dagjob for fish:  dagjob completions fish | source
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
