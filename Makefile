# What a person types. CMake does the building (CMakePresets.json); tools/ does the rest.
# `make help` lists the targets.

comma := ,
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DESTDIR ?=
DEMO_ROWS := $(or $(ROWS),1000000)
BENCH_ROWS := $(or $(ROWS),1000000$(comma)10000000)

# What `make test` tests: dev, asan, tsan.
PRESETS ?= dev

# `true` when the packages and the dependencies are there already, e.g. from a system
# without apt or without network.
PACKAGES ?= tools/install_packages
FETCH ?= tools/fetch_deps

WEIR := build/release/src/cli/weir

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PHONY: help build demo test bench serve install uninstall lint asan tsan fuzz readers ci clean distclean

help: ## this list
	@echo 'make [TARGET]              (without a target: build)'
	@sed -n 's/^\([a-z ]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
	@echo 'Variables: JOBS (compilers at a time; $(JOBS)), PREFIX ($(PREFIX)), DESTDIR, ROWS (of demo and bench), TESTS (what pytest gets), PRESETS (of test; $(PRESETS)), FUZZ_SECONDS (60), BENCH (what bench/run gets), READERS (which of them).'

# $(call compile,preset...): everything of some presets, configured when they are not yet.
define compile
	@for preset in $(1); do \
	  test -f build/$$preset/build.ninja || cmake --preset $$preset -Wno-dev || exit; \
	  cmake --build --preset $$preset -- -j$(JOBS) || exit; \
	done
endef

build: ## the optimised binary, build/weir
	@$(PACKAGES)
	@$(FETCH)
	$(call compile,release)
	@ln -sfn release/src/cli/weir build/weir

demo: build ## copies ROWS generated rows into every format, verifies them, prints a table
	@tools/demo --rows $(DEMO_ROWS) build/weir

test: ## builds with warnings as errors, runs unit and end-to-end tests
	@$(PACKAGES) --test $(if $(filter-out dev,$(PRESETS)),--sanitize)
	@$(FETCH)
	$(call compile,$(PRESETS))
	@tools/run_tests $(PRESETS:%=--preset %) $(FUZZ_SECONDS:%=--fuzz-seconds %) $(TESTS)

bench: build ## weir beside psql and DuckDB, and its peak memory, over ROWS rows, a list N,N
	@$(PACKAGES) --test
	@tools/run_tests --venv
	@.venv/bin/python bench/run --rows $(BENCH_ROWS) $(BENCH) build/weir build/release/bench/copy_floor

serve: ## the HTTP service (not in this version)
	@echo 'make serve: this version of weir is the command line only; the HTTP service comes with a later one.' >&2
	@echo 'Until then: build/weir copy SOURCE - writes rows to stdout, for any program to serve.' >&2
	@exit 1

install: ## installs under PREFIX (DESTDIR for packagers)
	@test -x $(WEIR) || $(MAKE) --no-print-directory build
	@DESTDIR='$(DESTDIR)' cmake --install build/release --strip --prefix '$(abspath $(PREFIX))' >/dev/null
	@echo 'installed $(DESTDIR)$(abspath $(PREFIX))/bin/weir'

uninstall: ## removes what install put under PREFIX
	@cd '$(DESTDIR)$(abspath $(PREFIX))' || exit 1; \
	if ! test -e bin/weir && ! test -e share/doc/weir; then echo "there is no weir under $$PWD"; exit; fi; \
	made=$$(sort -r share/doc/weir/.directories 2>/dev/null); \
	rm -rf lib/weir share/doc/weir && rm -f bin/weir share/man/man1/weir.1 \
	  share/bash-completion/completions/weir share/zsh/site-functions/_weir \
	  share/fish/vendor_completions.d/weir.fish || exit 1; \
	for directory in $$made; do test ! -d $$directory || rmdir --ignore-fail-on-non-empty $$directory; done; \
	echo "removed $$PWD/bin/weir, its libraries, documents, man page and completions"

lint: ## format, layers and clang-tidy over what differs from main (ALL=1: over everything)
	@$(PACKAGES) --test --lint
	@$(FETCH)
	@tools/lint --jobs $(JOBS) $(if $(ALL),--all)

asan tsan: ## unit tests and failure sweeps under AddressSanitizer with UBSan, or ThreadSanitizer
	@$(MAKE) --no-print-directory test PRESETS=$@

fuzz: ## lets each fuzz target search for FUZZ_SECONDS
	@$(PACKAGES) --test --sanitize
	@$(FETCH)
	$(call compile,asan)
	@tools/run_tests --fuzz $(FUZZ_SECONDS:%=--fuzz-seconds %)

readers: build ## Parquet read by old and new readers beside PostgreSQL (downloads 700 MB, once)
	@$(PACKAGES) --test
	@tools/run_tests --venv
	@.venv/bin/python tests/readers/check_readers --weir build/weir $(READERS)

ci: ## test, asan, tsan and the fuzz targets with one count at the end
	@.ci/run

clean: ## removes what was built
	@rm -rf build demo

distclean: clean ## removes what was fetched, too
	@rm -rf .deps .venv
