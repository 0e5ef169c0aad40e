# The front door. `make help` lists what it offers; CMakePresets.json holds the same builds for those who use CMake.

BUILD  ?= build
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local
DATA   ?= ../shared/data/cifar10-jpeg.tar.gz
STUDY  ?= seven-transforms-fashion-mnist
OUT    ?= runs/$(STUDY)
SOURCES = $(shell git ls-files '*.h' '*.cpp')

.DEFAULT_GOAL := all
.PHONY: all help setup test demo demo-cifar10 study notebook test-system-torch asan bench bench-accuracy bench-audit-coverage bench-coverage bench-speed bench-train install format tidy clean
MAKEFLAGS += --no-print-directory

all: $(BUILD)/build.ninja  ## build the programs into build/bin/
	@cmake --build $(BUILD) --target programs -j $(JOBS)
	@cat $(BUILD)/libtorch.txt 2>/dev/null || true

help:  ## list these targets
	@sed -nE 's/^([a-z][a-z0-9-]*):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
	  printf '  make %-20s %s\n' "$$name" "$$text"; done

setup:  ## install what is missing (make, make test and make demo do this by themselves)
	@scripts/setup

test: $(BUILD)/build.ninja  ## build everything, check the headers, run all tests
	@scripts/setup --tests
	@cmake --build $(BUILD) -j $(JOBS) --target all all_verify_interface_header_sets
	@cat $(BUILD)/libtorch.txt 2>/dev/null || true
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j $(JOBS)

demo: all  ## train on Fashion-MNIST, measure, draw: the main road in minutes, into runs/demo/
	@BUILD=$(BUILD) scripts/demo analysis/studies/demo.toml runs/demo

demo-cifar10: all  ## the same on colour images: DATA=image folder or .tar.gz, into runs/demo-cifar10/
	@test -e "$(DATA)" || { echo "demo-cifar10: no dataset at $(DATA); name one: make demo-cifar10 DATA=…" >&2; exit 1; }
	@BUILD=$(BUILD) scripts/demo analysis/studies/demo-cifar10-jpeg.toml runs/demo-cifar10 --set "dataset.path=$(DATA)"

study: all  ## run a study of analysis/studies/ (goes on where it stopped): STUDY=name, into OUT=runs/name
	@BUILD=$(BUILD) scripts/run-study analysis/studies/$(STUDY).study.toml -o $(OUT)

notebook:  ## export a finished study as an executed notebook into notebooks-export/: STUDY=name, OUT=its folder
	@scripts/export-notebook $(OUT) notebooks-export/$(STUDY)

test-system-torch: setup  ## build and test against Debian's LibTorch in build-system-torch/
	@scripts/setup libtorch-dev
	@test -f build-system-torch/build.ninja || cmake --preset system-torch
	@cmake --build build-system-torch -j $(JOBS)
	@cat build-system-torch/libtorch.txt 2>/dev/null || true
	@ctest --test-dir build-system-torch --output-on-failure --no-tests=error -j $(JOBS)

asan:  ## build and test all but the trainer under the address and undefined-behaviour sanitizers
	@EQUINFO_TRAINER=OFF scripts/setup
	@test -f build-asan-ubsan/build.ninja || cmake --preset asan-ubsan
	@cmake --build build-asan-ubsan -j $(JOBS)
	@ctest --test-dir build-asan-ubsan --output-on-failure --no-tests=error -j $(JOBS)

bench: $(BUILD)/build.ninja  ## build and run the quick benchmarks: speed of the neighbour counts, uniform p-values
	@cmake --build $(BUILD) -j $(JOBS) --target bench_knn bench_permutation_uniformity
	@for program in knn permutation_uniformity; do echo "== $$program"; $(BUILD)/bin/bench_$$program || exit 1; done

bench-accuracy: $(BUILD)/build.ninja  ## every estimator on every problem of known information (hours; goes on where it stopped)
	@cmake --build $(BUILD) -j $(JOBS) --target bench_accuracy
	@BUILD=$(BUILD) tests/bench/run-accuracy runs/bench/accuracy

bench-coverage: $(BUILD)/build.ninja  ## do intervals hold the truth? 200 replicates (an hour; goes on where it stopped)
	@cmake --build $(BUILD) -j $(JOBS) --target bench_coverage
	@mkdir -p runs/bench/coverage
	@nice $(BUILD)/bin/bench_coverage runs/bench/coverage/coverage.csv

bench-audit-coverage: $(BUILD)/build.ninja  ## do the audit's intervals hold the truth? 100 replicates (minutes; goes on where it stopped)
	@cmake --build $(BUILD) -j $(JOBS) --target bench_audit_coverage
	@mkdir -p runs/bench/audit-coverage
	@nice $(BUILD)/bin/bench_audit_coverage runs/bench/audit-coverage/coverage.csv

bench-speed: all  ## ratios of time to the bare product, the NumPy recipe, FAISS, scikit-learn (half an hour; goes on where it stopped)
	@cmake --build $(BUILD) -j $(JOBS) --target bench_speed
	@BUILD=$(BUILD) tests/bench/run-speed runs/bench/speed

bench-train: all  ## images a second of training beside Python PyTorch: rotation, SimCLR (minutes)
	@BUILD=$(BUILD) tests/bench/run-train runs/bench/train-speed.csv

install: all  ## install programs, headers and the CMake package: PREFIX=/usr/local
	@cmake --build $(BUILD) -j $(JOBS)
	@cmake --install $(BUILD) --prefix $(PREFIX)

format:  ## format all sources (clang-format 14)
	@clang-format -i $(SOURCES)

tidy: $(BUILD)/build.ninja  ## run clang-tidy over all sources but the tests
	@git ls-files 'src/*.cpp' 'analysis/*.cpp' 'tools/*.cpp' | xargs -P $(JOBS) -n 4 clang-tidy -p $(BUILD) --quiet

clean:  ## remove build/
	@rm -rf $(BUILD)

# Configured once; ninja itself repeats it when a CMake file changes.
$(BUILD)/build.ninja: setup
	@test -f $@ || cmake --preset release -B $(BUILD)
