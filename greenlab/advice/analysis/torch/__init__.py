"""PyTorch: training loops, models, data loaders, mixed precision."""
