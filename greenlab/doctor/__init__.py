"""What is measured, modelled and missing on this machine, and how to fix it."""
