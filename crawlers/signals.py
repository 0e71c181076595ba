"""What the crawlers room tells the others."""

from django.dispatch import Signal

posts_saved = Signal()
"""Sent when new posts were stored; `count` says how many.

Within the saving transaction, or, for a spider in its child process, by the parent that watches it.
"""
