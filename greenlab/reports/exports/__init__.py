"""Records one by one, in the forms that other tools read: one format per file."""
