"""GPUs: one vendor per file, and which of them are the kernel's."""
