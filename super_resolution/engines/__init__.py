"""What runs a trained network: Keras, ONNX Runtime or OpenVINO.

Windows of encoded samples come in, the network's output goes out. Serves --predict.
"""
