"""Moments and numbers as pages write them."""

from datetime import UTC, datetime, timedelta

import pytest

from console import words

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai."""


@pytest.mark.parametrize(
    ("ago", "written"),
    [
        (timedelta(hours=1), "今天 11:00"),
        (timedelta(hours=13), "昨天 23:00"),
        (timedelta(days=3), "11-18 12:00"),
        (timedelta(days=400), "2025-10-17 12:00"),
    ],
)
def test_a_moment_is_dated_in_shanghai(ago: timedelta, written: str) -> None:
    assert words.stamp(NOON - ago, NOON) == written


@pytest.mark.parametrize(
    ("points", "written"), [(16.84, "+16.8"), (-1.4, "−1.4"), (0.04, "0.0"), (-0.04, "0.0")]
)
def test_points_carry_their_sign(points: float, written: str) -> None:
    assert words.signed(points) == written
