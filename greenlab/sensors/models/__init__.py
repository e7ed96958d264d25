"""Power that no counter tells: models of processor and memory, and what they rest on."""
