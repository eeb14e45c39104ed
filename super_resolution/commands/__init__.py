"""The commands: arguments in, results printed. One module for each numbered script or mode.

Each has USAGE, `add_arguments(parser)` and `run(args)`; heavy imports are inside `run`.
"""
