"""The command `super-resolution`, also as `python3 -m super_resolution`."""

import sys

from super_resolution import startup


def main() -> int:
    """Run the command; returns the exit code."""
    startup.prepare()
    from super_resolution import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
