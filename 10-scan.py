"""Fetch a song and make its 15 kHz / 16-bit version; --help tells more."""

import sys

from super_resolution import startup


def main(argv: list[str] | None = None) -> int:
    """Run the command `scan`; returns the exit code."""
    startup.prepare()
    from super_resolution.cli import run_command

    return run_command("scan", argv)


if __name__ == "__main__":
    sys.exit(main())
