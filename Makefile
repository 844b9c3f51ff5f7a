# The commands of this project; `make` alone lists them. They need Python 3.11 or newer, make and git.

VENV ?= .venv
PYTHON ?=
ARGS ?=

bin = $(VENV)/bin
environment = @VENV="$(VENV)" PYTHON="$(PYTHON)" tools/environment
pytest = pytest -q -n logical --dist worksteal # a process for each processor, and one more: see tests/conftest.py

unexport PYTHONDONTWRITEBYTECODE # tests start many programs, and each would compile the library again

.PHONY: help demo test test-slow coverage soak check format bench docs build clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\): .*## /\1|/p' Makefile | while IFS='|' read -r name does; do \
		printf '  make %-9s %s\n' "$$name" "$$does"; done
	@echo
	@echo '  PYTHON=python3.12 chooses the Python, VENV=folder the place of the virtual environment.'

demo: ## start the example shop, with a local Daraja and a simulated phone; Ctrl-C ends it
	$(environment) demo
	@$(bin)/python examples/django_checkout/demo $(ARGS)

test: ## run the quick tests: nearly all, in a few minutes
	$(environment) test
	@$(bin)/python tools/side_by_side \
		"$(bin)/python -m $(pytest) -m 'not slow'" \
		"$(bin)/python -m pytest -q -m 'not slow' tests/django" \
		"$(bin)/python -m pytest -q -m 'not slow' examples/django_checkout"

test-slow: ## run the slow tests: browsers, chaos, bench, the built documentation, many more cases
	$(environment) test
	@$(bin)/python -m $(pytest) -m 'slow or hypothesis' --hypothesis-profile=thorough
	@$(bin)/python -m $(pytest) -m slow tests/django
	@$(bin)/python -m $(pytest) -m slow examples/django_checkout

coverage: ## run the quick tests with coverage; fail unless they cover every branch of src
	$(environment) test
	@$(bin)/python -m coverage erase
	@$(bin)/python -m coverage run -m $(pytest) -m 'not slow'
	@$(bin)/python -m coverage run -m $(pytest) -m 'not slow' tests/django
	@$(bin)/python -m coverage combine -q
	@$(bin)/python -m coverage report

soak: ## make 20,000 payments, 5,000 payouts and 5,000 sales with faults of every kind; PAYMENTS=5000 PAYOUTS=300 RECEIPTS=300 for fewer, SEED=7 to repeat a run
	$(environment) test
	@CHAOS_PAYMENTS=$(or $(PAYMENTS),20000) CHAOS_PAYOUTS=$(or $(PAYOUTS),5000) CHAOS_RECEIPTS=$(or $(RECEIPTS),5000) CHAOS_SEED=$(or $(SEED),$(shell date +%s)) DARAJA_TEST_REQUIRE=postgres \
		$(bin)/python -m pytest -q -s tests/chaos

check: ## check style, docstrings, format, types (mypy and pyright), spelling and layers
	$(environment) check
	@echo 'ruff: style and docstrings' && $(bin)/ruff check -q
	@echo 'ruff: format' && $(bin)/ruff format -q --check
	@echo 'mypy' && PYTHONPATH=.:examples/django_checkout $(bin)/mypy
	@echo 'pyright' && $(bin)/pyright --pythonpath $(bin)/python
	@echo 'codespell: British spelling' && $(bin)/python docs/_ext/spelling.py
	@echo 'import-linter' && $(bin)/lint-imports --no-logo

format: ## format the code
	$(environment) check
	@$(bin)/ruff check -q --fix --exit-zero
	@$(bin)/ruff format

bench: ## measure against the libraries underneath; print ratios
	$(environment) test
	@$(bin)/python bench/run.py $(ARGS)

docs: ## build the documentation into docs/_build/html and check its links
	$(environment) test
	@$(bin)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@$(bin)/python docs/_ext/links.py docs/_build/html
	@echo "Open docs/_build/html/index.html"

build: ## build the sdist and the wheel into dist/, the same bytes for the same commit
	$(environment) check
	@rm -rf dist
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
		PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt $(bin)/python -m build

clean: ## remove all files that these commands made
	@[ ! -f "$(VENV)/pyvenv.cfg" ] || rm -rf "$(VENV)"
	@rm -rf dist build docs/_build .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@rm -f examples/*/debug.log examples/*/*.sqlite3* examples/*/*.db*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
