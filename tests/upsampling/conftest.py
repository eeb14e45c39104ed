"""Fixtures: a folder to upsample in."""

import shutil

import pytest


@pytest.fixture
def folder(tmp_path, data):
    """Give a folder with `data/song`, a copy that tests may change."""
    shutil.copytree(data, tmp_path / "data")
    return tmp_path
