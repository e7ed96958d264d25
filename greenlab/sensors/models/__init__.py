"""Power that no counter reports: models of processor and memory, and their data."""
