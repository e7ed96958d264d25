"""The face in a notebook: cell hooks, magics, cell output, the comm."""
