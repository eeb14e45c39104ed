"""rnn-super-resolution.py --predict: from a file at 15 kHz to a WAV at 44.1 kHz.

Blocks of samples in, blocks out, in bounded memory.
"""
