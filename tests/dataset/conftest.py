"""What the tests of augmentation share."""

import pytest

from super_resolution.dataset import augment

# of a change that does nothing
OFF = {
    "GAIN_DB": (0.0, 0.0),
    "TILT_DB": (0.0, 0.0),
    "EQUALIZER_DB": 0.0,
    "MIX_SHARE": 0.0,
    "LOW_PASS_SHARE": 0.0,
    "BAND_LIMIT_SHARE": 0.0,
}


@pytest.fixture
def only(monkeypatch):
    """Give a function that leaves only the changes that it is given."""

    def set_ranges(**ranges) -> None:
        for name, value in (OFF | ranges).items():
            monkeypatch.setattr(augment, name, value)

    return set_ranges
