"""The commands of `super-resolution`, one a module; the scripts call them too.

Each has USAGE, `add_arguments(parser)` and `run(args)`. Heavy imports are inside `run`, so
that `--help` is fast.
"""
