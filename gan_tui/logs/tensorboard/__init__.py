"""TensorBoard event files: framing, checksums, events, and the parser that reads them at any size."""
