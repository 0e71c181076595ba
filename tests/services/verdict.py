"""`python -m tests.services.verdict`: is everything there, and once? Prints what it found as JSON.

It runs over the database that the environment names, as a process of its own: the tests' own
Django looks at another one.
"""

import json
import sys
from collections import Counter

import django


def main() -> None:
    """Print the facts; the test judges them."""
    django.setup()
    from alerts.models import Incident, IncidentEvent, IncidentSignal, Notification, Timer
    from config import clock
    from crawlers.models import Post
    from opinion import buckets
    from opinion.models import Mention, Signal

    events = IncidentEvent.objects.values_list("incident_id", "kind", "data")
    opened = Counter(incident for incident, kind, _ in events if kind == "opened")
    heard = Counter((incident, data["timer"]) for incident, _, data in events if "timer" in data)
    fired = Counter(Timer.objects.exclude(fired_at=None).values_list("incident_id", "kind"))
    facts = {
        "posts": dict(Counter(Post.objects.values_list("state", flat=True))),
        "mentions": Mention.objects.count(),
        "posts_mentioned": Mention.objects.values("post").distinct().count(),
        "bucket_differences": [str(one) for one in buckets.recount()],
        "signals": Signal.objects.count(),
        "signals_without_incident": Signal.objects.exclude(
            pk__in=IncidentSignal.objects.values("signal")
        ).count(),
        "incidents": Incident.objects.count(),
        "opened_other_than_once": [
            pk for pk in Incident.objects.values_list("pk", flat=True) if opened[pk] != 1
        ],
        "notifications": dict(Counter(Notification.objects.values_list("state", flat=True))),
        "undeliverable": list(
            Notification.objects.filter(state="undeliverable").values_list("error", flat=True)
        ),
        "incidents_never_told": Incident.objects.exclude(
            pk__in=Notification.objects.values("incident")
        ).count(),
        "sent": [
            sent["markdown"]["content"]
            for sent in Notification.objects.filter(state="delivered").values_list(
                "sent", flat=True
            )
        ],
        "timers_overdue": Timer.objects.filter(
            due_at__lt=clock.now(), fired_at=None, cancelled_at=None
        ).count(),
        "timers_fired": fired.total(),
        "timers_heard": heard.total(),
        "timers_heard_too_often": [str(key) for key in heard if heard[key] > fired[key]],
    }
    sys.stdout.write(json.dumps(facts, ensure_ascii=False))


if __name__ == "__main__":
    main()
