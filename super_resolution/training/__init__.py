"""rnn-super-resolution.py --train: from a dataset to a model in models/<name>/.

Compile, fit, keep the best epoch, resume after a stop.
"""
