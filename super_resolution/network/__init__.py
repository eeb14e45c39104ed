"""The network: 16-bit samples as bits -> Bi-LSTM -> samples at 44.1 kHz.

Presets, the grid of steps, the Keras model, the same as ONNX, models on disk.
Serves --summary, and every other stage.
"""
