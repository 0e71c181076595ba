"""Shops' own trade and reviews, by the platforms' official APIs."""
