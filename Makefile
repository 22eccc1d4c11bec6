# One set of flags for everything, so that building and testing share .build.
SWIFT_FLAGS := -c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error

# What is built beside the usual: TRAITS=GRPC adds gRPC, which 'make test' builds and tests always. Another choice compiles Martlet anew.
TRAITS :=

.PHONY: help build demo test test-cluster bench clean distclean
.DEFAULT_GOAL := help

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

build: ## fetch what is needed into .deps and build .build/release/martlet
	scripts/setup
	swift build $(SWIFT_FLAGS) $(TRAITS:%=--traits %) --product martlet

demo: build ## build, then run the pricing example from table to prediction
	scripts/demo

test: ## build everything, also what is optional, and run all tests
	scripts/setup --tests
	swift build $(SWIFT_FLAGS) --traits GRPC --build-tests
	swift test $(SWIFT_FLAGS) --traits GRPC --disable-xctest --skip-build --experimental-maximum-parallelization-width 8

test-cluster: ## run projects on a real Ray of two nodes, and in a real Airflow
	scripts/setup --tests --cluster
	swift build $(SWIFT_FLAGS) --traits GRPC --build-tests
	MARTLET_TEST_CLUSTER=1 swift test $(SWIFT_FLAGS) --traits GRPC --disable-xctest --skip-build --no-parallel --filter ClusterTests

bench: build ## build, then measure
	swift build $(SWIFT_FLAGS) --product martlet-bench
	scripts/bench

clean: ## remove what was built (.build)
	rm -rf .build

distclean: clean ## remove also what was downloaded (.deps)
	rm -rf .deps
