"""Records put into a form for others: run cards and exports, one form per file."""
