"""The change of a piece of advice as code: edits, and loops written over whole columns."""
