#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the plug-in of two checkouts and fails if the second one is slower.
#
#     gate.sh BASE HEAD [OPTION...]      the options go to 'pconc ab'
#
# BASE and HEAD are folders. GATE_BUILD runs in each of them and must write GATE_PLUGIN there.
# Variables of the environment, and their defaults:
#
#     PCONC         pconc                the program
#     GATE_SOURCE   bench.c              if BASE does not have it, there is nothing to compare: exit 0
#     GATE_PLUGIN   libbench.so
#     GATE_BUILD    cc -shared -fPIC -O2 -fstack-clash-protection -o "$GATE_PLUGIN" "$GATE_SOURCE"
#     GATE_RESULTS  pconc-results        the folder for results.json, results.md and results.xml
#
# The exit code is that of 'pconc ab': 0 fine, 1 regressed, 2 bad usage, 3 something failed,
# 4 inconclusive.
set -eu

: "${PCONC:=pconc}" "${GATE_SOURCE:=bench.c}" "${GATE_PLUGIN:=libbench.so}"
: "${GATE_RESULTS:=pconc-results}"
# shellcheck disable=SC2016 # the variables are for the shell that builds
: "${GATE_BUILD:=cc -shared -fPIC -O2 -fstack-clash-protection -o \"\$GATE_PLUGIN\" \"\$GATE_SOURCE\"}"
export GATE_SOURCE GATE_PLUGIN

say() {
    printf 'gate: %s\n' "$*" >&2
}

# Removes the plug-in of an earlier build first, so that it cannot be measured by mistake.
build() {
    [ -d "$1" ] || {
        say "'$1' is no folder; name two checkouts"
        exit 2
    }
    rm -f "$1/$GATE_PLUGIN"
    (cd "$1" && sh -ec "$GATE_BUILD") || {
        say "'$1' cannot be built; see above"
        exit 3
    }
    [ -f "$1/$GATE_PLUGIN" ] || {
        say "the build in '$1' left no '$GATE_PLUGIN' there; set GATE_PLUGIN"
        exit 3
    }
}

[ $# -ge 2 ] || {
    say "write gate.sh BASE HEAD [OPTION of pconc ab...]"
    exit 2
}
base=$1
head=$2
shift 2

build "$head"
if [ -d "$base" ] && [ ! -e "$base/$GATE_SOURCE" ]; then
    say "'$base' has no '$GATE_SOURCE' yet: there is nothing to compare with"
    exit 0
fi
build "$base"

mkdir -p "$GATE_RESULTS"
rm -f "$GATE_RESULTS"/results.*
code=0
"$PCONC" ab "$base/$GATE_PLUGIN" "$head/$GATE_PLUGIN" --save="$GATE_RESULTS/results.json" "$@" ||
    code=$?

# Markdown for the page of the merge request, JUnit for its list of tests. They do not change the verdict.
show() {
    "$PCONC" show "$GATE_RESULTS/results.json" --format="$1" >"$GATE_RESULTS/results.$2" ||
        say "no results.$2; see above"
}
if [ -s "$GATE_RESULTS/results.json" ]; then
    show markdown md
    show junit xml
    [ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$GATE_RESULTS/results.md" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
