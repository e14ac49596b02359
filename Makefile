# Everything a visitor runs. `make` alone lists the targets.

# The tested version comes first; override with `make PYTHON=/path/to/python`.
USABLE := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	"$$python" -c '$(USABLE)' 2>/dev/null && echo "$$python" && exit; done; echo python3)

# Options for the one `pip install`, such as an index that offers torch without CUDA.
PIP_INSTALL_FLAGS ?=

IN_VENV := PATH="$(CURDIR)/.venv/bin:$$PATH"

.DEFAULT_GOAL := help
.PHONY: help demo all measure demo-easy-vqa smoke open review reference compare check-gpu slurm-clean diagram docs test digests lint format clean

help: ## List these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | \
	while IFS="$$(printf '\t')" read -r target meaning; do \
		printf '  make %-14s %s\n' "$$target" "$$meaning"; done
	@echo; echo 'With .venv active, `snakemake targets` lists what can be made by name.'

demo: .venv/.installed ## Run the whole embedded workflow up to the trade-off figure
	$(IN_VENV) snakemake --cores all results/figures/tradeoff.pdf

all: .venv/.installed ## Make everything of the default configuration (its first line says how long)
	$(IN_VENV) snakemake --cores all

# A folder, a name on the Hub, or what a known provider calls its model; FLAGS=-n shows the plan alone.
measure: .venv/.installed ## Ask a model both papers' published questions: MODEL=... [LIMIT=20]
	@overlay=$$($(IN_VENV) python -m spuriverse.config.own_model "$(MODEL)" $(if $(LIMIT),--limit $(LIMIT))) && \
	HF_HUB_OFFLINE=0 $(IN_VENV) snakemake --cores all $(FLAGS) --configfile config/measure.yaml "$$overlay"

demo-easy-vqa: .venv/.installed ## The same with easy-VQA as a second benchmark
	$(IN_VENV) snakemake --cores all --configfile config/easy-vqa.yaml -- results/easy-vqa/figures/tradeoff.pdf results/easy-vqa/tables/easy_vqa.csv

smoke: .venv/.installed ## The same in miniature, to see in a minute that everything runs
	$(IN_VENV) snakemake --cores all --configfile config/smoke.yaml -- results/smoke/figures/tradeoff.pdf

# Another run than that of the defaults is opened with RESULTS=results/<name>.
open: ## Open the page of results in the browser
	@test -f "$(or $(RESULTS),results)/index.html" || { \
		echo "There is no page at $(or $(RESULTS),results)/index.html yet: make demo makes it (another run: make open RESULTS=results/smoke)." >&2; exit 1; }
	@python3 -m webbrowser "file://$(CURDIR)/$(or $(RESULTS),results)/index.html" >/dev/null || \
		echo "No browser could be started; open $(or $(RESULTS),results)/index.html by hand."

# A run with an overlay is reviewed with CONFIG=config/<overlay>.yaml.
review: .venv/.installed ## Open the page on which people decide on candidates
	$(IN_VENV) snakemake --cores all review $(if $(CONFIG),--configfile $(CONFIG))

# Another run than that of the defaults is named by RESULTS=results/<name>.
reference: .venv/.installed ## Record the tables of a finished run in docs/reference; write quoted numbers anew
	$(IN_VENV) python -m spuriverse.workflow.reference record $(RESULTS)

compare: .venv/.installed ## Set the tables of your run beside those of the record, row by row
	$(IN_VENV) python -m spuriverse.workflow.reference compare $(RESULTS)

# Three minutes instead: make check-gpu GPU_FLAGS=--quick
check-gpu: .venv/.installed ## Measure on this machine's GPU what plans assume (8 minutes)
	$(IN_VENV) python bench/gpu.py $(GPU_FLAGS)

slurm-clean: .venv/.installed ## Cancel the SLURM jobs that a killed run of this folder left
	$(IN_VENV) python -m spuriverse.workflow.slurm_queue

diagram: .venv/.installed ## Draw docs/pipeline.md anew from the graph of rules
	$(IN_VENV) python -m spuriverse.workflow.diagram

docs: .venv/.docs ## Build the documents as a site in site/; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(IN_VENV) mkdocs build --strict

test: lint ## Check style and types, then run every test
	$(IN_VENV) pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

digests: .venv/.installed ## Make the smoke run anew and record its tables' digests
	$(IN_VENV) python tests/workflow/digests.py

lint: .venv/.installed ## Check style and types
	$(IN_VENV) ruff check
	$(IN_VENV) ruff format --check
	$(IN_VENV) snakefmt --check Snakefile rules
	$(IN_VENV) snakemake --lint
	$(IN_VENV) mypy --num-workers=auto

format: .venv/.installed ## Rewrite the sources in the house style
	$(IN_VENV) ruff check --fix
	$(IN_VENV) ruff format
	$(IN_VENV) snakefmt Snakefile rules

clean: ## Delete results and caches, but not .venv
	find results -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
	rm -rf site .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The stamp comes last, so that an interrupted installation is taken up again. A .venv without a
# working pip (the interruption came early, or the folder was moved) is made afresh.
.venv/.installed: pyproject.toml constraints.txt
	@.venv/bin/python -m pip --version >/dev/null 2>&1 || { \
		$(PYTHON) -c '$(USABLE)' 2>/dev/null || { \
			echo "No usable Python ('$(PYTHON)' is missing, older than 3.11 or without venv and ensurepip): install Python 3.11 with its venv module, or name one with make PYTHON=/path/to/python." >&2; \
			exit 1; }; \
		$(PYTHON) -m venv --clear .venv; }
	.venv/bin/python -m pip install $(PIP_INSTALL_FLAGS) -c constraints.txt torch torchvision -e '.[dev,easy-vqa]'
	@touch $@

# What the site needs, and nothing else does.
.venv/.docs: .venv/.installed
	.venv/bin/python -m pip install $(PIP_INSTALL_FLAGS) -c constraints.txt -e '.[docs]'
	@touch $@
