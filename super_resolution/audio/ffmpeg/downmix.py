"""FFmpeg's filters: decoded frames of any layout become mono or stereo float32.

Surround is mixed down by FFmpeg's own matrix for its layout, scaled so that nothing can clip.
"""

import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av

# (source, target) channels: no filter changes the level of a signal that is on both sides, though
# FFmpeg's matrix from mono to stereo is 3 dB lower
COPIED = {
    (1, 1): "mono|c0=c0",
    (1, 2): "stereo|c0=c0|c1=c0",
    (2, 1): "mono|c0=0.5*c0+0.5*c1",
    (2, 2): "stereo|c0=c0|c1=c1",
}


def graph(frame: "av.AudioFrame", channels: int) -> "av.filter.Graph":
    """Make the filters for frames like this one.

    Parameters
    ----------
    frame : av.AudioFrame
    channels : {1, 2}

    Returns
    -------
    av.filter.Graph
        Gives one frame of packed float32 for each that is pushed.
    """
    import av

    source, target = frame.layout.nb_channels, ("mono", "stereo")[channels - 1]
    if (source, channels) in COPIED:
        return _linked(frame, ("pan", COPIED[source, channels]))
    try:
        # the matrix adds up to more than 1 unless it is told the greatest sum
        return _linked(
            frame, ("aresample", "rematrix_maxval=1"), ("aformat", f"channel_layouts={target}")
        )
    except av.error.FFmpegError:
        # no matrix for this layout: all channels alike
        mean = "+".join(f"{1 / source}*c{i}" for i in range(source))
        return _linked(
            frame, ("pan", "|".join([target, *(f"c{i}={mean}" for i in range(channels))]))
        )


def _linked(frame: "av.AudioFrame", *filters: tuple[str, str]) -> "av.filter.Graph":
    import av

    made = av.filter.Graph()
    source = made.add(
        "abuffer",
        sample_rate=str(frame.sample_rate),
        sample_fmt=frame.format.name,
        channel_layout=frame.layout.name,
        time_base=f"1/{frame.sample_rate}",
    )
    floats = ("aformat", "sample_fmts=flt")
    nodes = [made.add(name, options) for name, options in (floats, *filters, floats)]
    made.link_nodes(source, *nodes, made.add("abuffersink")).configure()
    return made


def keep_layout(frame: "av.AudioFrame") -> None:
    """Keep PyAV from freeing a layout twice, which ends the interpreter.

    Parameters
    ----------
    frame : av.AudioFrame
        Its `layout` shares memory with the frame where the order of the channels is not a
        standard one, and both free it. So that object is never freed.
    """
    if frame.layout.name not in ("mono", "stereo"):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(frame.layout))
