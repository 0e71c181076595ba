"""What the opinion room tells the others."""

from django.dispatch import Signal

signals_raised = Signal()
"""Sent inside the scoring transaction with `signals` (saved rows of Signal) and `now`.

A receiver that raises rolls the whole pass back: signals and what follows from them stand or fall
together.
"""
