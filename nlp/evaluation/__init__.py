"""Says how good the model and the rules are, on texts that no training saw."""
