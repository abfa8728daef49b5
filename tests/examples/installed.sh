#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# installed.sh CMAKE BUILD CC PROGRAM.c: installs BUILD into a folder of its own, builds PROGRAM with
# what pkg-config says, runs it, and compiles each installed header alone.
set -euo pipefail
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
"$1" --install "$2" --prefix "$prefix" >"$prefix/log" || {
    cat "$prefix/log"
    exit 1
}
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name pconc.pc)")
export PKG_CONFIG_PATH
read -ra flags <<<"$(pkg-config --cflags --libs pconc)"
"$3" -std=gnu17 -Wall -Wextra -Werror "$4" "${flags[@]}" -o "$prefix/program"
"$prefix/program" | grep -q '^the sum is 385$'

# The archive offers the functions that the headers declare, all of them and no others.
names() {
    nm --extern-only --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u
}
cat "$prefix"/include/pconc/*.h >"$prefix/headers"
names "$2"/lib/libpconc_{base,process,loop,future,pool,executors}.a | while read -r name; do
    if grep -Eq "(^|[^a-z0-9_])$name\(" "$prefix/headers"; then echo "$name"; fi
done >"$prefix/declared"
[ "$(wc -l <"$prefix/declared")" -gt 50 ]
names "$(find "$prefix" -name libpconc.a)" | diff "$prefix/declared" -

headers=0
for header in "$prefix"/include/pconc/*.h; do
    "$3" -std=c17 -pedantic -Werror -D_POSIX_C_SOURCE=200809L -I"$prefix/include" -x c -fsyntax-only "$header"
    headers=$((headers + 1))
done
[ "$headers" -gt 5 ]
