"""Audio, independent of any network: samples, blocks, files, filters, envelopes.

Any audio file or pipe comes in; blocks of float32 samples and WAV files go out.
"""
