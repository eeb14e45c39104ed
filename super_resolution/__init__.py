"""A neural upsampler: a 15 kHz / 16-bit song gets its 44.1 kHz back."""
