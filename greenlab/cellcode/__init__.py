"""A cell's code, read and never run: what advice, proofs and the notebook's hooks share."""
