"""Parts that add up, bars that lie where they should."""

from datetime import timedelta

import pytest

from catalog.models import Subject
from console import figures
from opinion.index import Move, Point, Reading
from tests.alerts.factories import NOW


def reading(*moves: tuple[str, float], value: float = 78.6) -> Reading:
    listed = [Move("platform", name, name, points) for name, points in moves]
    change = sum(points for _, points in moves)
    return Reading(value, 100, 200, 50, change, listed, thin=False)


def test_the_rest_is_one_part_and_all_parts_add_up() -> None:
    moves = [(f"p{n}", 3.33 - n / 10) for n in range(9)]
    found = figures.parts(reading(*moves).moves, "platform", 5)
    assert len(found) == 6
    assert found[-1][0] == "其他"
    assert sum(points for _, points in found) == pytest.approx(round(sum(p for _, p in moves), 1))


def test_rises_come_before_falls() -> None:
    found = figures.strip(reading(("天猫", -9.0), ("京东", 5.2), ("抖音", 7.1)))
    assert [part.label for part in found] == ["抖音", "京东", "天猫"]
    assert [part.tone for part in found] == ["f1", "f2", "fneg"]


def test_the_bars_of_a_strip_fill_its_width() -> None:
    found = figures.strip(reading(("京东", 5.0), ("抖音", 15.0)))
    assert found[0].width == pytest.approx(3 * found[1].width, rel=0.02)
    assert found[-1].x + found[-1].width == pytest.approx(100, abs=1)


def test_a_change_below_one_point_is_not_taken_apart() -> None:
    assert figures.strip(reading(("京东", 0.4), ("抖音", -0.3))) == []


def test_a_waterfall_leads_from_before_to_now() -> None:
    bars = figures.waterfall(reading(("小红书", 38.8), ("天猫", -1.4)), "platform")
    assert (bars[0].x, bars[0].width) == (pytest.approx(41.2), pytest.approx(38.8))
    assert bars[-1].x == pytest.approx(78.6)


@pytest.mark.parametrize(
    ("value", "change", "big"), [(52, 1, False), (50, 1, True), (40, 10, True), (40, 3, False)]
)
def test_a_change_is_big_from_ten_points_or_over_a_line(
    value: float, change: float, big: bool
) -> None:
    assert figures.is_big(reading(("京东", change), value=value), Subject()) is big


@pytest.mark.parametrize(
    ("value", "level"), [(34.9, ""), (35, "watch"), (50, "normal"), (70, "severe")]
)
def test_a_level_begins_at_its_line(value: float, level: str) -> None:
    assert figures.level_of(value, Subject()) == level


def test_a_trend_rises_upwards_and_shows_the_severe_line_in_sight() -> None:
    points = [Point(NOW + timedelta(hours=n), value, 20) for n, value in enumerate((40, 60, 79))]
    spark = figures.spark(points, Subject())
    assert spark is not None
    heights = [float(step.split()[1]) for step in spark.path.removeprefix("M").split(" L")]
    assert heights == sorted(heights, reverse=True)
    assert spark.limit


def test_a_flat_trend_has_no_line_out_of_sight() -> None:
    points = [Point(NOW, 12, 4), Point(NOW, 13, 4)]
    spark = figures.spark(points, Subject())
    assert spark is not None
    assert spark.limit == ""
    assert figures.spark(points[:1], Subject()) is None
