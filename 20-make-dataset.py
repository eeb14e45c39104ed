"""Turn scanned tracks into a dataset; --help tells more."""

import sys

from super_resolution import startup


def main(argv: list[str] | None = None) -> int:
    """Run the command `dataset`; returns the exit code."""
    startup.prepare()
    from super_resolution.cli import run_command

    return run_command("dataset", argv)


if __name__ == "__main__":
    sys.exit(main())
