"""What code and live objects tell, by library: what the rules have in common."""
