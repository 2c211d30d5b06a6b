#!/usr/bin/env bash
# The same units whoever makes them: any number of workers, both compilers, every optimisation
# level, sanitizers; and each unit alone is what it is in a long run.
cd "$(dirname "$0")/../.." || exit 2
. tests/e2e/lib.sh
need "determinism" jq
count=1000000 # of the longest; sanitizers and -O0 make fewer

builds=()
for b in build/{release,clang,gcc-O0,clang-O0,asan}/spate; do [ -x "$b" ] && builds+=("$b"); done
echo "units made with 1, 2, 7 and 16 workers by ${builds[*]}"

# hashes PROFILE COUNT: of all builds, and of several numbers of workers, in $T/hashes.
hashes() {
    local b w
    for b in "${builds[@]}"; do "$b" gen "$1" -n "$2" --hash 2>&1; done >"$T/hashes"
    for w in 2 7 16; do "$SPATE" gen "$1" -n "$2" --hash --workers $w 2>&1; done >>"$T/hashes"
}
cat >"$T/all.ini" <<'END'
[vars]
user  = zipf(1..100000, s=1.1)
wait  = exp(100ms)
size  = lognormal(median=10KiB, sigma=1)
noise = normal(mean=100ms, sd=10ms)
tail  = pareto(min=1KiB, alpha=1.2)
pick  = "a":8, "b":2, "c":1
[stream all]
rate    = ramp(0/s..2000/s) for 10s, 2000/s
arrival = poisson
send    = one:3, two:1
[request one]
protocol = http1
path   = /${user}/${pick}/${word(3..9)}?w=${wait}&n=${noise}&u=${uuid()}
header = X-Size: ${size} ${tail} ${size}
body   = ${json(bytes(20))} ${base64(9)} ${url(alnum(5))} ${permute(1..1000)} ${seq(5..8)}
[request two]
protocol = http1
path   = /${index}/${hex(8)}/${1..6}/${198.18.0.0/16}/${2001:2::/48}/${mac()}
END
for p in "$T/all.ini" profiles/{shop,dns-mix,imix,ipv6,syn,http-spike}.ini; do
    name=$(basename "$p" .ini)
    hashes "$p" 20000
    if [ "$(sort -u "$T/hashes" | wc -l)" = 1 ] && grep -qE '^[0-9a-f]{32}$' "$T/hashes"; then
        ok "$name: the same units everywhere"
    else
        not_ok "$name: the same units everywhere" "$T/hashes"
    fi
    "$SPATE" gen "$p" -n 3000 --json >"$T/long" 2>&1
    tail -n 1 "$T/long" >"$T/last"
    for b in "${builds[@]}"; do "$b" gen "$p" -n 3000 --json 2>&1 | cksum; done | sort -u >"$T/sums"
    same "$name: the same times and fields everywhere" "$(wc -l <"$T/sums")" 1
    "$SPATE" gen "$p" --at 2999 -n 1 --json >"$T/alone" 2>&1
    check "$name: a unit alone is what it is in a long run" cmp "$T/last" "$T/alone"
done
"$SPATE" gen profiles/dns-mix.ini -n $count --json | tail -n 1 >"$T/last"
"$SPATE" gen profiles/dns-mix.ini --at $((count - 1)) -n 1 --json >"$T/alone"
check "the last of a million units, made alone" cmp "$T/last" "$T/alone"
"$SPATE" gen profiles/dns-mix.ini -n $count --hash >"$T/a"
"$SPATE" gen profiles/dns-mix.ini -n $count --hash --workers 7 >"$T/b"
check "a million units by one worker and by seven" cmp "$T/a" "$T/b"
"$SPATE" gen profiles/dns-mix.ini -n $count --hash --seed 7 >"$T/b"
if cmp -s "$T/a" "$T/b"; then not_ok "another seed makes other units"; else ok "another seed makes other units"; fi
finish
