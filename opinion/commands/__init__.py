"""What the command `fenghuo` runs of this room, beside the pages."""
