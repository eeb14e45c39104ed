"""Evaluate upsampled tracks in numbers, pictures and sound; --help tells more."""

import sys

from super_resolution import startup


def main(argv: list[str] | None = None) -> int:
    """Run the command `evaluate`; returns the exit code."""
    startup.prepare()
    from super_resolution.cli import run_command

    return run_command("evaluate", argv)


if __name__ == "__main__":
    sys.exit(main())
