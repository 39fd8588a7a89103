# What a program's completion in bash offers at the end of a line, for other shells. Arguments: the file of the completion,
# its function, the line. Prints each candidate and, after a TAB, what --help says about it; status 3: names of files.
# No single quotes here: zsh.in and fish.in put this between two.
source "$1" || exit 1
line=$3 COMP_LINE=$3 COMP_POINT=${#3} COMP_WORDBREAKS=" "
read -ra COMP_WORDS <<<"$line"
[[ $line == *[[:blank:]] ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { exit 3; }
"$2" 2>/dev/null </dev/null
((${#COMPREPLY[@]})) || exit 0
explained() { timeout 2 "$@" --help 2>/dev/null </dev/null; }
{
    explained "${COMP_WORDS[0]}"
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word =~ ^[a-z]+$ ]] && explained "${COMP_WORDS[0]}" "$word" && break
    done
    printf "\n=\n"
    printf "%s\n" "${COMPREPLY[@]}"
} | awk -v OFS="\t" "
    candidates { print \$0 (\$0 in about ? OFS about[\$0] : \"\"); next }
    \$0 == \"=\" { candidates = 1; next }
    match(\$0, /^  (-[A-Za-z], ?)?[a-z-]+/) {
        name = substr(\$0, 3); sub(/^-[A-Za-z], ?/, \"\", name); sub(/ .*/, \"\", name)
        if (match(\$0, /[^ ]   *[^ ]/)) about[name] = substr(\$0, RSTART + RLENGTH - 1)
        next
    }
    /^          *[^ ]/ && name != \"\" && !(name in about) { sub(/^ */, \"\"); about[name] = \$0 }"
