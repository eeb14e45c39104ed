"""Upsample music from 15 kHz / 16 bit to 44.1 kHz with a recurrent network."""

__version__ = "2.0.0"
__all__ = ["Upsampler", "__version__"]


def __getattr__(name: str):
    # loaded on first use: the command line's --help imports no numpy
    if name == "Upsampler":
        from super_resolution.upsampling.upsampler import Upsampler

        return Upsampler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
