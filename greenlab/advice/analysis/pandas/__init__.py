"""pandas: live tables, and loops over their rows."""
