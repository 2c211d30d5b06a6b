#!/usr/bin/env bash
# The folders are the architecture: a folder includes only folders to its left, and each
# library is included only where the design gives it a room. Prints every breach; 1 if any.
set -u
cd "$(dirname "$0")/.." || exit 2
order="base profile gen pace packet trace proto wire stats gate report plan run serve cmd"
bad=0
rank() { local i=0 d; for d in $order; do i=$((i+1)); [ "$d" = "$1" ] && { echo $i; return; }; done; echo 0; }
say() { echo "layers: $1"; bad=1; }

for dir in $order; do
    mine=$(rank "$dir")
    while IFS=: read -r file line text; do
        [ -n "$file" ] || continue
        other=$(sed -E 's/.*"([a-z0-9]+)\/.*/\1/' <<<"$text")
        theirs=$(rank "$other")
        [ "$theirs" = 0 ] && say "$file:$line: includes the unknown folder $other"
        [ "$theirs" -gt "$mine" ] && say "$file:$line: $dir/ may not include $other/"
    done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[a-z0-9]+/' -r "src/$dir" --include='*.[ch]' --include='*.def')
done

only() { # only HEADER-PATTERN PLACES...: the library's headers appear nowhere else
    local pattern=$1; shift
    local allowed; allowed=$(printf '%s\n' "$@")
    while IFS=: read -r file line _; do
        [ -n "$file" ] || continue
        local ok=0 place
        for place in $allowed; do case "$file" in "$place"*) ok=1 ;; esac; done
        [ $ok = 1 ] || say "$file:$line: $pattern belongs to: $*"
    done < <(grep -nE "#[[:space:]]*include[[:space:]]+<($pattern)" -r src --include='*.[ch]')
}
only 'event2/|event\.h' src/run/ src/wire/ src/serve/
only 'pcap' src/trace/ src/wire/
only 'ini\.h' src/profile/ini.c
only 'pcre2' src/proto/
for dir in src/*/; do
    name=$(basename "$dir")
    [ "$(rank "$name")" = 0 ] && say "src/$name is not a layer"
done
[ $bad = 0 ] && echo "layers: in order"
exit $bad
