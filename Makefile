# SPDX-License-Identifier: MIT
# Calls CMake, which builds outside the source tree by the presets of CMakePresets.json, and
# .ci/install, which installs missing packages of .ci/packages.
.DEFAULT_GOAL := help
.PHONY: help bench build install peers peers-rows peers-programs growth growth-series check test test-unit test-contract test-cli test-fuzz fuzzers fuzz stress simulate calibrate queue format lint clean
# Targets run one after another. The builds inside them use the jobs of `make -j`, by default all CPUs.
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
	@echo "To measure:"
	@echo "  make bench        build build/release/cmd/pconc, and run 'pconc bench': the default plan"
	@echo "  make build        build build/release/cmd/pconc"
	@echo "  make install      install program, manual, library and headers under PREFIX=$(PREFIX); also DESTDIR="
	@echo
	@echo "To test:"
	@echo "  make check        build and run the quick tests: two minutes on two CPUs"
	@echo "  make test         all tests: plain, valgrind, ASan+UBSan, TSan, fuzzers"
	@echo "  make test-KIND    one kind of build: test-release, test-asan, test-tsan, test-fuzz"
	@echo "  make test-SUITE   one suite, plain: test-unit, test-contract, test-cli"
	@echo "  make stress       long random tests: kill KILLS=500 workers, open and close POOLS=10000 pools, run"
	@echo "                    random tasks for SECONDS=60 under ASan and TSan; SEED=1"
	@echo "  make fuzz         change configs and saved results at random for SECONDS=60, under ASan and UBSan"
	@echo "  make lint         clang-format, clang-tidy, cppcheck, warnings of gcc and clang, and the order of"
	@echo "                    the folders in lib"
	@echo "  make format       format all sources with clang-format"
	@echo "  make clean        remove everything that was built"
	@echo
	@echo "To compare pconc with others and with itself:"
	@echo "  make peers        other libraries with the same work, as ratios (tests/peers/README.md); ROWS=switch,map"
	@echo "                    ROUNDS=5 FORMAT=text|csv; BASE=/path/to/pconc: also another build; PEERS=no: no"
	@echo "                    other libraries"
	@echo "  make growth       how cost grows with jobs, tasks, workers and connections; SERIES= FORMAT="
	@echo "  make simulate     what pconc ab decides in SESSIONS=100000 random sessions: minutes"
	@echo "  make calibrate    how often pconc ab is right on this machine: an hour, resumable; SHARE=0.1"
	@echo "                    KINDS=serial,serial-loaded,serial+5%,parallel,parallel+4%,12-rows"
	@echo "  make queue        whether latencies under --rate are those of an M/D/1 queue: a minute; EXECUTOR=serial"
	@echo
	@echo "Each target first installs missing packages (.ci/packages), as root or with sudo."

# Installs the packages of one group of .ci/packages.
packages-%:
	@.ci/install $*

# Exists if configuring succeeded after the last change of the presets.
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

# Refuses a wrong row before anything is installed or built. Libraries that cannot be installed are left
# out of the table, with a note.
peers: peers-rows build $(if $(filter no,$(PEERS)),,peers-programs)
	@tests/peers/run.py --rows=$(ROWS) --rounds=$(ROUNDS) --format=$(FORMAT) --base='$(BASE)' \
		$(if $(filter no,$(PEERS)),--no-peers)

peers-rows:
	@tests/peers/run.py --rows=$(ROWS) --list >/dev/null

peers-programs: build
	@.ci/install peers || true
	+@$(MAKE) -C tests/peers $(JOBS) OUT=$(CURDIR)/build/peers >&2

growth: growth-series build
	@tests/peers/growth.py --series=$(SERIES) --format=$(FORMAT)

growth-series:
	@tests/peers/growth.py --series=$(SERIES) --list >/dev/null

test: test-release test-asan test-tsan test-fuzz

# With lint, warnings are errors in build/release, so that tests and lint share one build.
STRICT = -DPCONC_WERROR=ON
strict-release = $(if $(filter lint,$(MAKECMDGOALS)),$(STRICT))

# Configures each time, because the set of tests depends on the installed packages. Runs two tests for
# each CPU, because many of them mostly wait.
test-release test-asan test-tsan: test-%: packages-bench packages-test
	cmake --preset $* $(strict-$*)
	+@$(BUILD) $* $(JOBS)
	$(TEST) $* -j$$((2 * $(shell nproc)))

# A fixed number of runs of each fuzzer.
test-fuzz: fuzzers
	$(TEST) fuzz -j$(shell nproc)

fuzzers: packages-bench packages-fuzz
	cmake --preset fuzz >&2
	+@$(BUILD) fuzz $(JOBS) --target fuzzers >&2

# Half of the time for each of the large ones.
fuzz: fuzzers
	build/fuzz/tests/fuzz/run_config -max_total_time=$$(($(SECONDS) / 2))
	build/fuzz/tests/fuzz/run_result -max_total_time=$$(($(SECONDS) / 2))

# The quick tests.
check: packages-bench packages-test
	cmake --preset release
	+@$(BUILD) release $(JOBS)
	$(TEST) release -LE valgrind -j$$((2 * $(shell nproc)))

test-unit test-contract test-cli: test-%: packages-bench packages-test
	cmake --preset release
	+@$(BUILD) release $(JOBS)
	$(TEST) release -L $*

# Like the tests, it switches address randomization off for ThreadSanitizer if the system allows it.
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

EXECUTOR ?= serial
queue: build
	@python3 tests/gate/queue.py build/release/cmd/pconc 50 $(EXECUTOR)

# Keeps finished sessions in build/calibrate, and continues there when it is started again.
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
