"""What may run again: judged from the code, from live objects, and by a guard as it runs."""
