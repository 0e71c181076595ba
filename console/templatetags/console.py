"""Tags and filters of the console's templates."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from alerts import categories, wording
from config.clock import SHANGHAI
from console import clocks, words
from crawlers import platforms
from nlp.levels import Level
from nlp.masking import mask

register = template.Library()


@register.simple_tag
def icon(name: str, small: bool = False) -> SafeString:
    """Draw the symbol `name` of icons.html; it says nothing that the text beside it does not."""
    size = "ic ic-sm" if small else "ic"
    return format_html('<svg class="{}" aria-hidden="true"><use href="#{}"/></svg>', size, name)


@register.simple_tag
def level_badge(level: str, bare: bool = False) -> SafeString:
    """Draw a level: flames, word, colour."""
    if not level:
        return mark_safe('<span class="tag">无级别</span>')
    return format_html(
        '<span class="level" data-level="{0}"{1}><svg aria-hidden="true"><use href="#l-{0}"/></svg>'
        "{2}</span>",
        level,
        " data-bare" if bare else "",
        Level(level).label,
    )


@register.inclusion_tag("console/parts/state.html")
def state_badge(incident: Any) -> dict[str, Any]:
    """Draw the state of an incident."""
    false = incident.outcome == "false_alarm"
    return {"state": incident.state, "word": "误报" if false else incident.get_state_display()}


@register.inclusion_tag("console/parts/clock.html")
def clock_chip(clock: clocks.Clock | None, named: bool = True) -> dict[str, Any]:
    """Draw a clock as a chip; a dash when there is none."""
    return {"clock": clock, "named": named}


@register.filter
def ago(moment: datetime | None, now: datetime) -> str:
    """Write how long ago `moment` was; a dash for never."""
    return wording.ago(moment, now) if moment else "—"


@register.filter
def stamp(moment: datetime | None, now: datetime) -> str:
    """Write the day and time of `moment`; a dash for never."""
    return words.stamp(moment, now) if moment else "—"


@register.filter
def clock_time(moment: datetime | None, now: datetime) -> str:
    """Write the time of day of `moment`; a dash for none."""
    return wording.moment(moment, now) if moment else "—"


@register.filter
def span(length: timedelta) -> str:
    """Write a span of time in words."""
    return wording.span(length)


@register.filter
def signed(points: float) -> str:
    """Write points with their sign."""
    return words.signed(points)


@register.filter
def one_place(value: float) -> str:
    """Write a figure with one digit after the point."""
    return f"{value:.1f}"


@register.filter
def percent(share: float) -> str:
    """Write a share of 0 to 1 as the length of a bar: 61.0%."""
    return f"{100 * share:.1f}%"


@register.filter
def thousands(value: int) -> str:
    """Write a count: 1,204."""
    return f"{value:,}"


@register.filter
def masked(text: str) -> str:
    """Hide what could tell who someone is."""
    return mask(text)


@register.filter
def platform(slug: str) -> str:
    """Write a platform's name."""
    return platforms.label(slug)


@register.filter
def category(slug: str) -> str:
    """Write a risk category's name; empty for none."""
    return categories.label(slug)


@register.filter
def iso(moment: datetime | None) -> str:
    """Write a moment for a script."""
    return moment.isoformat() if moment else ""


@register.filter
def web_address(url: str) -> str:
    """Return `url` if a browser may be sent there, else nothing: posts are hostile."""
    return url if url.startswith(("https://", "http://")) else ""


@register.filter
def hm(moment: datetime) -> str:
    """Write hours and minutes."""
    return f"{moment.astimezone(SHANGHAI):%H:%M}"


@register.filter
def size(points: float) -> float:
    """Return points without their sign."""
    return abs(points)
