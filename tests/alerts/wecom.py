"""A stand-in for WeCom, and one round of delivery to it."""

import json
import random

import httpx

from alerts import outbox
from alerts.models import Notification
from tests.alerts.factories import NOW

OK = {"errcode": 0, "errmsg": "ok"}


class Wecom:
    """A stand-in that notes what it was sent and answers as told, the last answer for ever."""

    def __init__(self, *answers):
        self.answers = list(answers) or [OK]
        self.sent = []
        self.keys = []
        self.http = httpx.Client(transport=httpx.MockTransport(self._handle))

    def _handle(self, request):
        self.sent.append(json.loads(request.content)["markdown"]["content"])
        self.keys.append(request.url.params["key"])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def deliver(wecom, now=NOW, **options):
    return outbox.deliver_due(now=now, http=wecom.http, rng=random.Random(7), **options)


def states():
    return sorted(Notification.objects.values_list("state", flat=True))
