"""What later readings change: slow counters, GPUs that lag, counters that stalled."""
