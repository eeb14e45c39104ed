"""Train the network on a song, and upsample with it.

python3 rnn-super-resolution.py --summary
python3 rnn-super-resolution.py --train --minutes 30
python3 rnn-super-resolution.py --predict                 the scanned tracks
python3 rnn-super-resolution.py --predict song.15k.wav    writes song.15k.44100.wav
python3 rnn-super-resolution.py --train --init hifi-15k-44k --minutes 10
ffmpeg -i a.opus -f wav - | python3 rnn-super-resolution.py --predict - > a.wav
"""

import sys

from super_resolution import startup


def main(argv: list[str] | None = None) -> int:
    """Run the command that the mode names; returns the exit code."""
    startup.prepare()
    from super_resolution.commands import modes

    return modes.run(__doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
