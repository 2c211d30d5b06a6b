#!/usr/bin/env bash
# make demo: the embedded server on loopback, and a profile run against it.
set -u
cd "$(dirname "$0")/.." || exit 2
out=$(mktemp)
./spate serve profiles/demo.ini --http 127.0.0.1:0 >"$out" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -f "$out"' EXIT
for _ in $(seq 300); do
    at=$(sed -n 's/^http listens on //p' "$out")
    [ -n "$at" ] && break
    sleep 0.1
done
[ -n "$at" ] || { echo "the server did not start:"; cat "$out"; exit 1; }
echo "\$ spate serve profiles/demo.ini --http 127.0.0.1:0"
cat "$out"
echo "\$ spate run profiles/demo.ini --target http://$at/"
./spate run profiles/demo.ini --target "http://$at/"
