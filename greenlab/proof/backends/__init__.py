"""Where the versions run: in this process, in a copy of it, or in a fresh interpreter."""
