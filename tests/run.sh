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

scripts() { # every end-to-end script: lines of ok, not ok and skip
    local s start
    for s in tests/e2e/*.sh; do
        [ -x "$s" ] || continue # a library
        start=$SECONDS
        timeout 600 "$s" >"$logs/e2e" 2>&1
        local code=$? not
        passed=$((passed + $(grep -c '^ok' "$logs/e2e")))
        skipped=$((skipped + $(grep -c '^skip' "$logs/e2e")))
        not=$(grep -c '^not ok' "$logs/e2e")
        grep -h '^skip' "$logs/e2e"
        if [ "$not" != 0 ] || [ $code != 0 ]; then
            failed=$((failed + (not > 0 ? not : 1)))
            echo "FAILED: $s"
            grep -v '^ok' "$logs/e2e" | tail -60
        fi
        echo "$s: $((SECONDS - start)) s"
    done
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
