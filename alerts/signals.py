"""What the alerts room tells the others."""

from django.dispatch import Signal

outbox_filled = Signal()
"""Sent inside the deciding transaction when notifications were queued."""

incident_changed = Signal()
"""Sent inside the deciding transaction with `incident_id` when an incident opened or changed."""
