# SPDX-License-Identifier: MIT
# The front door. CMake does the work, out of the source tree, by the presets of CMakePresets.json;
# .ci/install brings what is missing of the packages in .ci/packages.
.DEFAULT_GOAL := help
.PHONY: help bench build install peers peers-programs growth check test test-unit test-contract test-cli stress simulate calibrate format lint clean
# One target after the other; the builds inside share what `make -j` grants, all CPUs by default.
.NOTPARALLEL:
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
MAKEFLAGS += --no-print-directory
BUILD = cmake --build --preset
TEST = ctest --preset

PREFIX ?= /usr/local
# With 6 rounds the interval of a ratio reaches 95%.
ROUNDS ?= $(if $(BASE),6,5)
FORMAT ?= text

help:
	@echo "make bench          build, then measure the default plan: pconc bench"
	@echo "make peers          pconc beside other libraries on the same work, as ratios; ROWS=switch,map"
	@echo "                    selects (tests/peers/README.md), ROUNDS=5, FORMAT=text|csv; BASE=/path/to/pconc:"
	@echo "                    another build beside this one; PEERS=no: without the other libraries"
	@echo "make growth         how cost grows with jobs, tasks, workers and connections; SERIES=, FORMAT="
	@echo "make check          build, and test without valgrind and sanitizers: two minutes on two CPUs"
	@echo "make test           all tests: plain and valgrind, ASan+UBSan, TSan"
	@echo "make test-KIND      one of them: test-release, test-asan, test-tsan"
	@echo "make test-SUITE     one suite, plain: test-unit, test-contract, test-cli"
	@echo "make stress         what tests do for a second, for longer: KILLS=500 workers killed, POOLS=10000"
	@echo "                    opened and closed, tasks at random for SECONDS=60 under ASan and TSan; SEED=1"
	@echo "make build          build/release/cmd/pconc"
	@echo "make install        program, manual, library and headers under PREFIX ($(PREFIX)); DESTDIR is honoured"
	@echo "make simulate       what pconc ab decides in SESSIONS (100000) random sessions: minutes"
	@echo "make calibrate      how often pconc ab is right on this machine: 40 minutes, resumable; SHARE=0.1,"
	@echo "                    KINDS=identical,identical-loaded,+5%,+10%"
	@echo "make format         clang-format over all sources"
	@echo "make lint           clang-format, clang-tidy, cppcheck; no warning from gcc and clang; no call from"
	@echo "                    a folder of lib to one above it"
	@echo "make clean          remove what was built"
	@echo
	@echo "All of them first install what is missing (.ci/packages), as root or through sudo."

# A package group of .ci/packages, present.
packages-%:
	@.ci/install $*

# A build directory that was configured to its end, since the presets last changed.
build/%/configured: CMakePresets.json
	cmake --preset $* >&2
	@touch $@

build: packages-bench build/release/configured
	+@$(BUILD) release $(JOBS) --target pconc >&2

bench: build
	@build/release/cmd/pconc bench

install: build
	+@$(BUILD) release $(JOBS) --target pconc_archive >&2
	cmake --install build/release --prefix $(PREFIX)

# What cannot be installed is left out of the table, which says so.
peers: build $(if $(filter no,$(PEERS)),,peers-programs)
	@tests/peers/run.py --rows=$(ROWS) --rounds=$(ROUNDS) --format=$(FORMAT) --base='$(BASE)' \
		$(if $(filter no,$(PEERS)),--no-peers)

peers-programs: build
	@.ci/install peers || true
	+@$(MAKE) -C tests/peers $(JOBS) OUT=$(CURDIR)/build/peers >&2

growth: build
	@tests/peers/growth.py --series=$(SERIES) --format=$(FORMAT)

test: test-release test-asan test-tsan

# Warnings are errors in build/release once lint has been asked for, so that both need only one build.
STRICT = -DPCONC_WERROR=ON
strict-release = $(if $(filter lint,$(MAKECMDGOALS)),$(STRICT))

# Configured anew each time: what tests there are depends on what is installed. Two tests for each
# CPU, as many of them wait most of the time.
test-release test-asan test-tsan: test-%: packages-bench packages-test
	cmake --preset $* $(strict-$*)
	+@$(BUILD) $* $(JOBS)
	$(TEST) $* -j$$((2 * $(shell nproc)))

# For people who only want to know.
check: packages-bench packages-test
	cmake --preset release
	+@$(BUILD) release $(JOBS)
	$(TEST) release -LE valgrind -j$$((2 * $(shell nproc)))

test-unit test-contract test-cli: test-%: packages-bench packages-test
	cmake --preset release
	+@$(BUILD) release $(JOBS)
	$(TEST) release -L $*

# As tests do, addresses are not randomized under ThreadSanitizer where that can be had.
KILLS ?= 500
POOLS ?= 10000
SECONDS ?= 60
SEED ?= 1
stress: packages-bench build/release/configured build/asan/configured build/tsan/configured
	+@$(BUILD) release $(JOBS) --target pools_broken pools_many >&2
	+@$(BUILD) asan $(JOBS) --target stress >&2
	+@$(BUILD) tsan $(JOBS) --target stress >&2
	build/release/tests/contract/pools_broken $(KILLS) $(SEED)
	build/release/tests/contract/pools_many $(POOLS)
	build/asan/tests/contract/stress $(SEED) $(SECONDS)
	TSAN_OPTIONS=halt_on_error=1 $$(setarch -R true 2>/dev/null && echo setarch -R) \
		build/tsan/tests/contract/stress $(SEED) $(SECONDS)

SESSIONS ?= 100000
simulate: build
	+@$(BUILD) release $(JOBS) --target simulate >&2
	build/release/tests/gate/simulate $(SESSIONS)

# What was measured stays in build/calibrate: begun again, it goes on.
SHARE ?= 1
KINDS ?=
calibrate: build
	@python3 tests/gate/calibrate.py build/release/cmd/pconc build/calibrate $(SHARE) '$(KINDS)'

format: packages-format
	find cmd lib workloads tests \( -name '*.[ch]' -o -name '*.cpp' \) -exec clang-format -i {} +

lint: packages-bench packages-test packages-format packages-lint
	cmake --preset release $(STRICT)
	+@$(BUILD) release $(JOBS)
	+@$(BUILD) release $(JOBS) --target pconc_layers
	cmake --preset clang
	+@$(BUILD) clang $(JOBS)
	@.ci/lint

clean:
	rm -rf build CMakeCache.txt CMakeFiles
