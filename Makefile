# tuichat: `make run` is all a new user needs; `make help` lists the rest.

PYTHON_IN_VENV = .venv/bin/python
TUICHAT = .venv/bin/tuichat
# make run PROFILE=bob    make run ARGS="server status"    make test ARGS="-k lock"
ARGS =
PROFILE =
# Three workers suit two cores, since tests wait for a third of their time; JOBS=0 runs in one process, as a debugger wants.
JOBS = 3

# make soak MINUTES=10
MINUTES = 60
# make soak-call CALL_SECONDS=60
CALL_SECONDS = 600
# make soak-fuzz INPUTS=1000000 FUZZ_SECONDS=600
INPUTS = 10000000
FUZZ_SECONDS = 7200

.PHONY: help run demo voice test test-slow test-alone test-deps soak soak-call soak-fuzz check example translations clean
.DEFAULT_GOAL = help

help:
	@echo 'make run        install what is missing and open tuichat (PROFILE=bob: as another person)'
	@echo 'make demo       three clients in conversation, and a picture of a screen'
	@echo 'make voice      try once more to install what voice needs'
	@echo 'make test       the tests, but for the slow ones (ARGS="-k lock" chooses)'
	@echo 'make test-slow  the slow tests'
	@echo 'make test-alone the tests that need a machine with nothing else to do'
	@echo 'make test-deps  install the Debian packages and discord.js, which all tests need (root or sudo)'
	@echo 'make soak       an hour of mixed load on a server, and its memory (MINUTES=10)'
	@echo 'make soak-call  ten minutes in a call with four who talk, beside a busy screen; part of soak'
	@echo 'make soak-fuzz  feed 10 million random inputs to what reads packets and messages of voice (INPUTS=1000000); part of soak'
	@echo 'make check      format, lint, types, imports, generated files'
	@echo 'make example    write config.example.toml, the manual'"'"'s settings, docs/routes.md, docs/commands.md and catalogues anew'
	@echo 'make translations   take new sentences over into the files of tuichat/locale'
	@echo 'make clean      remove .venv and what tools left behind'

# A screen needs a terminal; into a pipe or a file goes the demo.
run:
	@.ci/set-up.sh run
	@if [ -t 1 ]; then exec $(TUICHAT) $(if $(PROFILE),--profile '$(PROFILE)') $(ARGS); else exec $(TUICHAT) demo; fi

demo:
	@.ci/set-up.sh run
	@exec $(TUICHAT) demo $(ARGS)

voice:
	@.ci/set-up.sh voice

# Where the environment forbids bytecode, each worker and each program that a test starts would compile all anew.
test test-slow test-alone: export PYTHONDONTWRITEBYTECODE =

test:
	@.ci/set-up.sh test
	$(PYTHON_IN_VENV) -m pytest -q -n $(JOBS) --dist worksteal -m 'not slow' $(ARGS)

test-slow:
	@.ci/set-up.sh test
	$(PYTHON_IN_VENV) -m pytest -q -n $(JOBS) --dist worksteal -m 'slow and not alone' $(ARGS)

test-alone:
	@.ci/set-up.sh test
	$(PYTHON_IN_VENV) -m pytest -q -m alone $(ARGS)

test-deps:
	@.ci/test-deps.sh

soak:
	@.ci/set-up.sh test
	$(PYTHON_IN_VENV) -m tests.benchmarks.soak $(MINUTES)
	@$(MAKE) --no-print-directory soak-call soak-fuzz

soak-call:
	@.ci/set-up.sh test
	$(PYTHON_IN_VENV) -m tests.benchmarks.call_cost --busy --seconds $(CALL_SECONDS)

soak-fuzz:
	@.ci/set-up.sh fuzz
	$(PYTHON_IN_VENV) -m tests.fuzz --inputs $(INPUTS) --seconds $(FUZZ_SECONDS)

check:
	@.ci/set-up.sh check
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	$(PYTHON_IN_VENV) docs/generate.py --check

example:
	@.ci/set-up.sh run
	$(PYTHON_IN_VENV) docs/generate.py

translations:
	@.ci/set-up.sh run
	$(PYTHON_IN_VENV) -m docs.catalogues

clean:
	rm -rf .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
