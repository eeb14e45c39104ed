"""rnn-super-resolution.py --predict with --workers or --scheduler: many files on Dask.

A file is a task; a long one is cut into segments, which are tasks of their own.
"""
