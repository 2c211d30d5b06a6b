#!/usr/bin/env bash
# Installs what building (deps.sh build) or testing (deps.sh test) needs and is not there.
set -u
build="libevent-dev libpcap-dev libinih-dev zlib1g-dev libzstd-dev libssl-dev libjansson-dev
       libpcre2-dev"
tests="$build clang libcmocka-dev nginx-light redis-server unbound curl jq tcpdump tshark iproute2
       nftables procps python3 mandoc"

missing_packages() { # the packages of the list that are not installed
    local p
    for p in $1; do dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok' || echo "$p"; done
}

case "${1:-build}" in
build) list=$build ;;
test) list=$tests ;;
*) echo "usage: deps.sh build|test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
    # Not Debian: the compiler will tell whether the headers are there.
    probe='#include <event2/event.h>
#include <pcap/pcap.h>
#include <ini.h>
#include <zlib.h>
#include <zstd.h>
#include <openssl/evp.h>
#include <jansson.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>'
    echo "$probe" | ${CC:-cc} -fsyntax-only -xc - 2>/dev/null && exit 0
    echo "spate needs the headers of libevent, libpcap, inih, zlib, zstd, OpenSSL, jansson and PCRE2;" >&2
    echo "on Debian these are: $list" >&2
    exit 1
fi

missing=$(missing_packages "$list")
[ -z "$missing" ] && exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null || ! command -v apt-get >/dev/null; then
        echo "please install:" $missing >&2
        exit 1
    fi
fi
echo "installing:" $missing
export DEBIAN_FRONTEND=noninteractive
# Servers that the tests start themselves must not start by themselves.
if [ ! -e /usr/sbin/policy-rc.d ] && [ "$(id -u)" = 0 ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
log=$(mktemp)
if { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
    rm -f "$log"
else
    tail -20 "$log" >&2
    echo "apt could not install what is missing; please install:" $missing >&2
    exit 1
fi
