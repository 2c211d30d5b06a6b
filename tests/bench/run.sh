#!/usr/bin/env bash
# `make bench`: spate, its peers and the bare limits, side by side; one table with the targets.
#
#   tests/bench/run.sh [ROW...]     all rows, or those whose file name contains one of the words;
#                                   rows called optional only then
#
# BENCH_ROUNDS and BENCH_SECONDS set the number and length of the samples. Exits 0 whatever is
# met: figures of a shared machine inform, tests judge.
set -u
cd "$(dirname "$0")/../.." || exit 2

chosen() {
    local word
    if [ $# = 1 ]; then
        case $1 in *optional*) return 1 ;; *) return 0 ;; esac
    fi
    for word in "${@:2}"; do case $(basename "$1") in *"$word"*) return 0 ;; esac; done
    return 1
}

read -r load _ </proc/loadavg
table=$(mktemp)
trap 'rm -f "$table"' EXIT
trap 'exit 130' INT TERM
printf 'what\tmeasured (median of %s)\tvalue\ttarget\tmet\n' "${BENCH_ROUNDS:-3}" >"$table"
for file in tests/bench/rows/*.sh; do
    chosen "$file" "$@" || continue
    [ -t 2 ] && printf '\r\033[K%s ...' "$(basename "$file" .sh)" >&2
    (. tests/bench/lib.sh && . "$file") >>"$table" || [ $? != 130 ] || exit 130
done
[ -t 2 ] && printf '\r\033[K' >&2
printf '%s, %s cores, Linux %s, %s\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
    "$(date -u +%Y-%m-%dT%H:%MZ)"
awk -v load="$load" 'BEGIN {
    if (load > 0.5) print "The load was " load " before the first row: what follows is of a shared machine."
}'
echo
column -t -s $'\t' "$table"
