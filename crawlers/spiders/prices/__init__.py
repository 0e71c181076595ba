"""Prices of products, ours and competitors'."""
