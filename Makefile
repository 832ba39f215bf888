# Everything runs in .venv; `make PYTHON=python3.12 …` takes another Python (3.10 to 3.13).
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
FILE ?= data/examples/meeting.txt
GOLD ?= corpus-dev
ARGS ?=

.PHONY: help predict test train train-quick evaluate lint clean

help:
	@echo "make predict FILE=text.txt   read a text with the shipped model"
	@echo "make test                    run the tests"
	@echo "make train                   train the model that ships (PROFILE=small SEED=1)"
	@echo "make train DATA=folder FROM=shipped   go on training on your own .inl texts"
	@echo "make train-quick             a tenth of the texts, a few minutes"
	@echo "make evaluate GOLD=gold.jsonl   score the shipped model (default: corpus-dev)"
	@echo "make lint                    ruff and mypy"

# Stamps, so that an installation happens once and again when its list changes.
$(VENV)/read: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the development environment (torch is large, this takes some minutes)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $(VENV)/read $@

predict: $(VENV)/read
	@$(BIN)/python -m model.predict $(ARGS) $(FILE)

test: $(VENV)/dev
	$(BIN)/python -m pytest $(ARGS)

PROFILE ?= small
SEED ?= 1
TRAIN = --profile $(PROFILE) --seed $(SEED) $(if $(DATA),--data $(DATA)) $(if $(FROM),--from $(FROM)) \
  $(if $(BASE),--base $(BASE)) $(ARGS)

train: $(VENV)/dev
	$(BIN)/python -m train $(TRAIN)

train-quick: $(VENV)/dev
	$(BIN)/python -m train --profile quick --seed $(SEED) $(ARGS)

evaluate: $(VENV)/read
	@$(BIN)/python -m data.evaluate $(GOLD) $(ARGS)

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info
