"""30-evaluate.py, the numbers: every method's output for a track, measured.

A track comes in; a table of metrics by method goes out.
"""
