"""The commands of `fenghuo` that score and train."""
