"""Trains the shipped scorer, and says how good it is. Needs the extra `model`."""
