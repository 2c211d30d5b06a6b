#!/usr/bin/env bash
# make test: layers, units (gcc -O3; sanitizers; clang), end-to-end scripts. One line a check,
# details of what failed, and at the end "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0 skipped=0
jobs=$(nproc 2>/dev/null || echo 2)

good() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAILED: $1"; [ -n "${2:-}" ] && tail -${3:-40} "$2"; }

build() { # build VARIANT TARGETS...: a compiler's warning counts as a failure, make's clock does not
    local v=$1; shift
    if make --no-print-directory -j"$jobs" VARIANT="$v" "$@" >"$logs/build" 2>&1 &&
       ! grep -vE '^make(\[[0-9]+\])?: ' "$logs/build" | grep -qE '(warning|error):'; then
        good
    else
        bad "building $v" "$logs/build"
    fi
}

units() { # units VARIANT: every program, its tests counted one by one
    local v=$1 t name start=$SECONDS
    for t in tests/unit/test_*.c; do
        name=build/$v/$(basename "$t" .c)
        timeout 120 "$name" >"$logs/unit" 2>&1
        local code=$?
        local ok skip
        ok=$(grep -c '^\[       OK' "$logs/unit")
        skip=$(grep -c '^\[  SKIPPED \] [a-z_]*$' "$logs/unit")
        passed=$((passed + ok - skip)) skipped=$((skipped + skip))
        grep -h '^skip' "$logs/unit"
        [ $code = 0 ] || bad "$name ($code)" "$logs/unit"
    done
    echo "units, $v: $((SECONDS - start)) s"
}

script() { # script FILE: its lines and its exit code stay in the logs
    local start=$SECONDS log
    log=$logs/$(basename "$1")
    timeout 600 "$1" >"$log" 2>&1
    echo $? >"$log.code"
    echo "$1: $((SECONDS - start)) s"
}

tell_script() { # tell_script FILE: counts its lines of ok, not ok and skip
    local log code not
    log=$logs/$(basename "$1")
    code=$(cat "$log.code")
    passed=$((passed + $(grep -c '^ok' "$log")))
    skipped=$((skipped + $(grep -c '^skip' "$log")))
    not=$(grep -c '^not ok' "$log")
    grep -h '^skip' "$log"
    [ "$not" != 0 ] || [ "$code" != 0 ] || return 0
    failed=$((failed + (not > 0 ? not : 1)))
    echo "FAILED: $1"
    grep -v '^ok' "$log" | tail -60
}

scripts() { # every end-to-end script but the libraries; three at a time, for they mostly wait
    local s all=()
    for s in tests/e2e/*.sh; do [ ! -x "$s" ] || all+=("$s"); done
    for s in "${all[@]}"; do
        [ "$(jobs -rp | wc -l)" -lt 3 ] || wait -n
        script "$s" &
    done
    wait
    for s in "${all[@]}"; do tell_script "$s"; done
}

programs() { local t; for t in tests/unit/test_*.c; do echo "build/$1/$(basename "$t" .c)"; done; }

if tests/layers.sh >"$logs/layers" 2>&1; then good; else bad "layers" "$logs/layers"; fi
for v in release asan clang; do
    # shellcheck disable=SC2046
    build $v build/$v/spate $(programs $v)
done
for v in gcc-O0 clang-O0; do build $v build/$v/spate; done
make --no-print-directory spate tools >/dev/null
units release
units asan
units clang
scripts

echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
