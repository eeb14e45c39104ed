"""10-scan.py: from a source (link, file, demo) to a track.

A track is a folder data/<track>/ with original.wav, low.wav and track.json.
"""
