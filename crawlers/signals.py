"""What the crawlers room tells the others. Receivers run after the rows are written."""

from django.dispatch import Signal

posts_saved = Signal()
"""Sent inside the saving transaction when new posts were stored; `count` says how many."""
