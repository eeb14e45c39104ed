"""FFmpeg, through PyAV: one audio stream of a file or pipe, as packed float samples."""
