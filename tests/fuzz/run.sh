#!/usr/bin/env bash
# make fuzz: each fuzz target in turn for SECONDS_EACH (default 60) seconds or RUNS executions.
# A finding is kept in build/fuzz/ and named.
set -u
cd "$(dirname "$0")/../.." || exit 2
each=${SECONDS_EACH:-60} runs=${RUNS:--1} bad=0
make --no-print-directory -j"$(nproc)" VARIANT=fuzz fuzzers >/dev/null || exit 1
for f in "$@"; do
    seeds=tests/fuzz/seeds/${f#fuzz_}
    work=build/fuzz/corpus-$f
    mkdir -p "$work"
    [ -d "$seeds" ] || seeds=
    if build/fuzz/"$f" -max_total_time="$each" -runs="$runs" -timeout=20 -rss_limit_mb=4096 \
        -artifact_prefix=build/fuzz/ -print_final_stats=1 "$work" $seeds >build/fuzz/"$f".log 2>&1; then
        echo "$f: $(sed -n 's/stat::number_of_executed_units: *//p' build/fuzz/"$f".log) executions, no finding"
    else
        echo "$f: FINDING, see build/fuzz/$f.log"
        tail -5 build/fuzz/"$f".log
        bad=1
    fi
done
exit $bad
