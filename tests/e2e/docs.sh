#!/usr/bin/env bash
# The documents say what is so: the reference is what the program prints, every whole profile in
# them compiles, every command line in them has options that exist, links lead somewhere, and
# the man page names every command and option.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
documents=(README.md docs/*.md)

verdict() { if [ -s "$2" ]; then not_ok "$1" "$2"; else ok "$1"; fi; }

reference() {
    "$SPATE" list --markdown | diff docs/reference.md - >"$T/diff"
    verdict "the reference is what the program prints (else: make docs)" "$T/diff"
}

# Blocks marked ini that hold a stream, each in a file of its own, where the files they name are.
profiles() {
    local doc block n=0
    cp profiles/words.txt profiles/sample.pcap profiles/talks.pcap "$T"
    : >"$T/wrong"
    for doc in "${documents[@]}"; do
        [ "$doc" = docs/reference.md ] && continue
        awk -v out="$T/$(basename "$doc")" '
            /^```ini$/ { inside = 1; file = out "." FNR ".ini"; next }
            /^```/ { inside = 0 }
            inside { print > file }' "$doc"
        for block in "$T/$(basename "$doc")".*.ini; do
            [ -e "$block" ] && grep -q '^\[stream' "$block" || continue
            n=$((n + 1))
            "$SPATE" check "$block" >"$T/out" 2>&1 || sed "s|^$T/||" "$T/out" >>"$T/wrong"
        done
    done
    [ $n -gt 0 ] || echo "no profile was found" >>"$T/wrong"
    verdict "the documents' $n profiles compile" "$T/wrong"
}

options_of() { # the options that a command's help tells, one a line
    "$SPATE" "$1" --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' | grep -oE -- '-{1,2}[a-zA-Z-]+'
    printf '%s\n' --help -h
}

# Command lines: lines of fenced blocks and comments that begin with spate, and `spate ...` in text.
command_lines() {
    sed -e ':a' -e '/\\$/{N;s/\\\n; *//;s/\\\n//;ba' -e '}' "$@" | awk '
        { line = $0; sub(/^[;# ]*(\$ )?/, "", line) }
        line ~ /^(- )?(\.\/)?spate [a-z-]/ { sub(/^- /, "", line); print line }
        { while (match($0, /`(\.\/)?spate [a-z-][^`]*`/)) {
            print substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH) } }'
}

commands() {
    local line command word known n=0
    known=$("$SPATE" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
    : >"$T/wrong"
    while read -r line; do
        line=$(sed -E "s/'[^']*'/X/g; s/ +#.*//; s/   .*//" <<<"$line") # quoted values, remarks
        # shellcheck disable=SC2086
        set -- $line
        shift
        command=$1
        case $command in
        is | and | ends | sends | tells | told | are | does | --version | --help | [A-Z]*) continue ;;
        esac
        grep -qx -- "$command" <<<"$known" || { echo "no command '$command': $line" >>"$T/wrong"; continue; }
        n=$((n + 1))
        for word in "$@"; do
            [[ $word == -?* ]] || continue
            [[ $word =~ ^-[0-9] ]] && continue
            options_of "$command" | grep -qx -- "${word%%=*}" ||
                echo "$command has no option $word: $line" >>"$T/wrong"
        done
    done < <(command_lines "${documents[@]}" profiles/*.ini)
    [ $n -gt 20 ] || echo "only $n command lines were found" >>"$T/wrong"
    verdict "the documents' $n command lines have options that exist" "$T/wrong"
}

links() {
    local doc target
    : >"$T/wrong"
    for doc in "${documents[@]}"; do
        while read -r target; do
            case $target in http*) continue ;; esac
            if [[ $target == *#* ]]; then
                local file=${target%%#*} anchor=${target#*#}
                [ -n "$file" ] && file=$(dirname "$doc")/$file || file=$doc
                grep -E '^#+ ' "$file" | sed -E 's/^#+ //; s/[^A-Za-z0-9 _-]//g; s/ /-/g' |
                    tr '[:upper:]' '[:lower:]' | grep -qx -- "$anchor" || echo "$doc: $target" >>"$T/wrong"
            elif [ ! -e "$(dirname "$doc")/$target" ]; then
                echo "$doc: $target" >>"$T/wrong"
            fi
        done < <(grep -oE '\]\([^)]+\)' "$doc" | sed 's/^](//; s/)$//')
    done
    verdict "links lead to files and headings that exist" "$T/wrong"
}

man_page() {
    local command option
    : >"$T/wrong"
    for command in $("$SPATE" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
        grep -q "^\.Ss spate $command\|^\.It Cm $command" docs/spate.1 || echo "command $command" >>"$T/wrong"
        for option in $(options_of "$command" | grep -- '^--' | grep -v -- '--help'); do
            grep -q "Fl -${option#--}\b" docs/spate.1 || echo "$command $option" >>"$T/wrong"
        done
    done
    verdict "the man page names every command and option" "$T/wrong"
    if have mandoc; then
        mandoc -T lint -W warning docs/spate.1 >"$T/wrong" 2>&1
        verdict "the man page is well formed" "$T/wrong"
    elif have groff; then
        groff -mandoc -Tutf8 -ww docs/spate.1 2>"$T/wrong" >/dev/null
        verdict "the man page is well formed" "$T/wrong"
    else
        skip "the man page is well formed" "neither mandoc nor groff is installed"
    fi
}

reference
profiles
commands
links
man_page
finish
