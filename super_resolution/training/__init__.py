"""rnn-super-resolution.py --train: from a dataset to a model in models/<name>/.

The losses, Keras' view of the batches, its callbacks, and the training itself.
"""
