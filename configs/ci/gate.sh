#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the plug-in of two versions of a program and fails if the second one is slower.
#
#     gate.sh BASE HEAD [OPTION...]      the options go to 'pconc ab'
#
# BASE and HEAD are folders, or commits of the repository around the current folder. GATE_BUILD runs in
# each of them and must write GATE_PLUGIN there. Variables of the environment, and their defaults:
#
#     PCONC         pconc                the program
#     GATE_SOURCE   bench.c              if BASE does not have it, there is nothing to compare: exit 0
#     GATE_PLUGIN   libbench.so
#     GATE_BUILD    cc -shared -fPIC -O2 -fstack-clash-protection -o "$GATE_PLUGIN" "$GATE_SOURCE"
#     GATE_RESULTS  pconc-results        the folder for results.json, .md, .xml (JUnit), .txt (OpenMetrics)
#     GATE_SUMMARY_MAX   1000000         bytes of Markdown; GitHub loses a summary of more than 1 MiB
#
# The exit code is that of 'pconc ab': 0 fine, 1 regressed, 2 bad usage, 3 something failed,
# 4 inconclusive. Where GITHUB_ACTIONS is true, the verdicts annotate the run, and the Markdown goes to its
# summary.
set -eu

: "${PCONC:=pconc}" "${GATE_SOURCE:=bench.c}" "${GATE_PLUGIN:=libbench.so}"
: "${GATE_RESULTS:=pconc-results}" "${GATE_SUMMARY_MAX:=1000000}"
# shellcheck disable=SC2016 # the variables are for the shell that builds
: "${GATE_BUILD:=cc -shared -fPIC -O2 -fstack-clash-protection -o \"\$GATE_PLUGIN\" \"\$GATE_SOURCE\"}"
export GATE_SOURCE GATE_PLUGIN

on_github() {
    [ "${GITHUB_ACTIONS:-}" = true ]
}

# Builds and benchmarks may print what GitHub would take for a command, until the word is printed that
# they cannot know. Only one stream keeps the order of lines.
word=
stop_commands() {
    on_github || return 0
    exec 2>&1
    word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "::stop-commands::$word"
}

resume_commands() {
    [ -z "$word" ] || echo "::$word::"
    word=
}

# annotate KIND TEXT
annotate() {
    on_github || return 0
    printf '::%s title=gate::%s\n' "$1" "$(printf '%s' "$2" | tr '\r\n' '  ' | sed 's/%/%25/g')"
}

say() {
    printf 'gate: %s\n' "$*" >&2
}

# fail CODE TEXT
fail() {
    resume_commands
    say "$2"
    annotate error "$2"
    exit "$1"
}

trees=
# shellcheck disable=SC2317 # the trap calls it
clean() {
    resume_commands
    [ -z "$trees" ] || {
        git worktree remove --force "$trees/base" 2>/dev/null || :
        git worktree remove --force "$trees/head" 2>/dev/null || :
        rm -rf "$trees"
    }
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

has_commit() {
    git rev-parse --quiet --verify "$1^{commit}" >/dev/null 2>&1
}

# Services clone the last commit only, so that the base has to be fetched. It stays as shallow as it was.
fetch_commit() {
    if [ "$(git rev-parse --is-shallow-repository 2>/dev/null)" = true ]; then
        git fetch --quiet --no-tags --depth=1 origin "$1" || :
    else
        git fetch --quiet --no-tags origin "$1" || :
    fi >/dev/null 2>&1
}

# checkout VERSION NAME: sets `folder` to the version, which is a folder or a commit.
checkout() {
    folder=$1
    [ ! -d "$1" ] || return 0
    case $1 in
    -*) fail 2 "'$1' is no folder and no commit; options follow BASE and HEAD" ;;
    esac
    has_commit "$1" || fetch_commit "$1"
    has_commit "$1" ||
        fail 2 "'$1' is no folder, and no commit of this repository or of its origin; name two of them"
    [ -n "$trees" ] || trees=$(mktemp -d)
    folder=$trees/$2
    git worktree add --quiet --detach --force "$folder" "$1^{commit}" ||
        fail 3 "'$1' cannot be checked out; see above"
}

# build FOLDER VERSION: removes the plug-in of an earlier build first, so that it cannot be measured by
# mistake.
build() {
    rm -f "$1/$GATE_PLUGIN"
    (cd "$1" && sh -ec "$GATE_BUILD") || fail 3 "'$2' cannot be built; see above"
    [ -f "$1/$GATE_PLUGIN" ] ||
        fail 3 "the build in '$2' left no '$GATE_PLUGIN' there; set GATE_PLUGIN"
}

# Markdown for the page of the run, JUnit and metrics for the page of the merge request. They do not change
# the verdict.
show() {
    "$PCONC" show "$GATE_RESULTS/results.json" --format="$1" >"$GATE_RESULTS/results.$2" ||
        say "no results.$2; see above"
}

# The verdict is at the top, so only rows and notes are lost.
summarize() {
    LC_ALL=C awk -v max="$GATE_SUMMARY_MAX" '
        { size += length($0) + 1 }
        size > max { print "\nThis is too long for a summary: the rest is in results.md."; exit }
        { print }' "$GATE_RESULTS/results.md"
}

[ $# -ge 2 ] || fail 2 "write gate.sh BASE HEAD [OPTION of pconc ab...]"
base_version=$1
head_version=$2
shift 2
command -v "$PCONC" >/dev/null ||
    fail 2 "there is no program '$PCONC'; install pconc with 'make install', or set PCONC to its path"

checkout "$head_version" head
head=$folder
checkout "$base_version" base
base=$folder

stop_commands
build "$head" "$head_version"
if [ ! -e "$base/$GATE_SOURCE" ]; then
    resume_commands
    text="'$base_version' has no '$GATE_SOURCE' yet: there is nothing to compare with"
    say "$text"
    annotate notice "$text"
    exit 0
fi
build "$base" "$base_version"

mkdir -p "$GATE_RESULTS"
rm -f "$GATE_RESULTS"/results.*
code=0
"$PCONC" ab "$base/$GATE_PLUGIN" "$head/$GATE_PLUGIN" --save="$GATE_RESULTS/results.json" "$@" ||
    code=$?
resume_commands

if [ -s "$GATE_RESULTS/results.json" ]; then
    show markdown md
    show junit xml
    show openmetrics txt
    if on_github; then
        "$PCONC" show "$GATE_RESULTS/results.json" --format=github || say "no annotations; see above"
    fi
    [ -z "${GITHUB_STEP_SUMMARY:-}" ] || summarize >>"$GITHUB_STEP_SUMMARY"
elif [ "$code" -ne 0 ]; then
    annotate error "pconc ab ended with exit code $code and without results; see the log"
fi
exit "$code"
