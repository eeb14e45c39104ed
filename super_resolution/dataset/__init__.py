"""20-make-dataset.py: from tracks to training batches.

Tracks come in, data/_dataset/ is written and read in shuffled, augmented batches.
"""
