"""What only a real NVIDIA GPU can tell; `python benchmarks/gpu/run.py` runs all of it."""
