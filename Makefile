# make demo   the whole job on the built-in song, in its own environment
# make test   every test
# make weights AUDIO=FOLDER   the shipped weights again, from a folder of songs

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# settings that end within minutes on two cores
DEMO_MINUTES ?= 3
WEIGHTS := hifi-15k-44k
WEIGHTS_MINUTES ?= 16
SONGS = $(foreach kind,wav flac ogg opus mp3 m4a webm,$(wildcard $(AUDIO)/*.$(kind)))

.PHONY: demo test weights lint clean

demo: $(VENV)/installed
	@echo "== 1/5  scan the built-in song"
	$(RUN) 10-scan.py demo
	@echo "== 2/5  make the dataset"
	$(RUN) 20-make-dataset.py demo
	@echo "== 3/5  train for $(DEMO_MINUTES) minutes"
	$(RUN) rnn-super-resolution.py --train --model seed-demo --minutes $(DEMO_MINUTES) --force
	@echo "== 4/5  upsample"
	$(RUN) rnn-super-resolution.py --model seed-demo --predict data/demo
	@echo "== 5/5  what was it worth"
	$(RUN) 30-evaluate.py demo
	@echo "== written"
	@ls -l data/demo data/demo/report models/seed-demo

test: $(VENV)/tested
	$(RUN) -m pytest

weights: $(VENV)/installed
	@test -n "$(strip $(SONGS))" || { echo "make weights AUDIO=FOLDER: no songs in '$(AUDIO)'"; exit 2; }
	$(RUN) 10-scan.py --data data/_songs $(SONGS)
	$(RUN) 20-make-dataset.py --data data/_songs --preset hifi
	$(RUN) rnn-super-resolution.py --data data/_songs --train --model $(WEIGHTS) \
	  --minutes $(WEIGHTS_MINUTES) --epochs 1000 --force

lint: $(VENV)/tested
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Python 3.11 to 3.13 is needed, and $(PYTHON) is another: make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/tested: requirements-test.txt requirements.txt | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@
