"""30-evaluate.py, the metrics of every upsampling method on a track.

In: a track (`tracks`). Out: metrics by method, and signals to draw, for `report`.
"""
