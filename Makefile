# make demo    the whole job on the built-in song, in its own environment
# make test    every test
# make quick   the tests that need no training, in under a minute
# make lint    style and types
# make weights AUDIO=FOLDER   the shipped weights again, from a folder of songs

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check
SCRIPTS := -r requirements-predict.txt -r requirements.txt
# so that the demo ends within four minutes on two cores
DEMO_MINUTES ?= 1.5
DEMO_SECONDS := 12
DEMO := faithful-demo
WEIGHTS := hifi-15k-44k
# of a folder of about 200 songs; of fewer songs, more
WEIGHTS_EPOCHS ?= 2
# processes; each may take 2 GB of memory
TESTS_AT_ONCE ?= 2
VISQOL = $(shell $(RUN) -c 'import visqol' 2>/dev/null && echo --visqol)
SONGS = $(foreach kind,wav flac ogg opus mp3 m4a webm,$(wildcard $(AUDIO)/*.$(kind)))

.PHONY: demo test quick weights lint clean

demo: $(VENV)/installed
	@echo "1/5  scan $(DEMO_SECONDS) seconds of the built-in song and make its 15 kHz version"
	@$(RUN) 10-scan.py demo --seconds $(DEMO_SECONDS) --force
	@echo "2/5  make the dataset"
	@$(RUN) 20-make-dataset.py demo
	@echo "3/5  train the network of 2018 for $(DEMO_MINUTES) minutes"
	@$(RUN) rnn-super-resolution.py --train --model $(DEMO) --minutes $(DEMO_MINUTES) --force
	@echo "4/5  upsample with the shipped network and with this one"
	@$(RUN) rnn-super-resolution.py --model $(WEIGHTS) --model $(DEMO) --predict data/demo
	@echo "5/5  evaluate"
	@$(RUN) 30-evaluate.py demo --excerpt 0 --excerpt 6 $(VISQOL)

test: $(VENV)/tested
	$(RUN) -m pytest --numprocesses $(TESTS_AT_ONCE) --dist loadscope --no-loadscope-reorder

quick: $(VENV)/tested
	$(RUN) -m pytest -m "not slow"

weights: $(VENV)/installed
	@test -n "$(strip $(SONGS))" || { echo "make weights AUDIO=FOLDER: no songs in '$(AUDIO)'"; exit 2; }
	$(RUN) 10-scan.py --data data/_songs $(SONGS)
	$(RUN) 20-make-dataset.py --data data/_songs --preset hifi
	$(RUN) rnn-super-resolution.py --data data/_songs --models super_resolution/pretrained \
	  --train --model $(WEIGHTS) --epochs $(WEIGHTS_EPOCHS) --force

lint: $(VENV)/tested
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Python 3.11 to 3.13 is needed, and $(PYTHON) is another: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements-predict.txt requirements.txt | $(VENV)/bin/python
	@echo "installing the dependencies in $(VENV)"
	@$(PIP) $(SCRIPTS)
	@touch $@

$(VENV)/tested: requirements-test.txt requirements-cluster.txt $(VENV)/installed
	@echo "installing what the tests need"
	@$(PIP) $(SCRIPTS) -r requirements-cluster.txt -r requirements-test.txt
	@touch $@
