"""20-make-dataset.py: from tracks to training batches.

Tracks are written to data/_dataset/, which is read as shuffled, augmented batches.
"""
