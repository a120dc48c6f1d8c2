# Everything starts here; `make help` lists it. PYTHON is only used to make .venv.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONUTF8 := 1
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help setup setup-test lab demo test test-kubernetes bench peers lint fmt clean

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

lab: setup ## set up, and open JupyterLab on the quickstart
	@$(BIN)/python scripts/lab.py $(ARGS)

demo: setup ## set up, run the quickstart headless, and print what it made
	@$(BIN)/python scripts/demo.py

test: setup-test ## all tests; one stage: make test STAGE=unit
	@$(BIN)/python scripts/test.py $(STAGE)

test-kubernetes: setup-test ## all tests of Kubernetes, on a real control plane too (built once: 5-14 minutes)
	@$(BIN)/python scripts/test_kubernetes.py $(ARGS)

bench: setup-test ## measure, and print the figures beside their targets
	@$(BIN)/python scripts/bench.py

peers: setup ## install peers into .peers/, so that `make bench` measures them beside us
	@$(BIN)/uv venv -q --allow-existing .peers && $(BIN)/uv pip install -q --compile-bytecode --python .peers/bin/python \
	  'jsonschema<4.25' digitalhub digitalhub-runtime-python jupyter-scheduler jupyterlab ipykernel
	@$(BIN)/uv pip install -q --compile-bytecode --python .peers/bin/python 'ray[tune]' || echo "Ray Tune does not install here."

lint: setup-test ## style, types and layers only
	@$(BIN)/python scripts/test.py lint types layers

fmt: setup-test ## format the code
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format .
	@$(BIN)/jlpm format

setup: ## what lab and demo need
	@$(PYTHON) scripts/setup.py base

setup-test: ## and what the tests need
	@$(PYTHON) scripts/setup.py test

clean: ## remove all that was built (your data in .dh/ stays)
	rm -rf .venv node_modules ui-tests/node_modules lib dh_jupyter/labextension .yarn *.tsbuildinfo
