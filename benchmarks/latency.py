"""From a severe post arriving at the API to the WeCom request leaving, at five posts a second."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import httpx

from benchmarks.stack import Stack, running
from demo.posts import load_story

POSTS_A_SECOND = 5
SEVERE_EVERY_S = 4.0  # below 18 messages a minute, so the robot's own limit is not what is measured
LATE_S = 20.0
# Every post says something else: copies would rightly count for less.
CHATTER = [post.text for post in load_story() if post.role == "plain"]


def run(*, seconds: int) -> None:
    """Feed posts for `seconds`, one in twenty severe and about a subject of its own."""
    severe = int(seconds / SEVERE_EVERY_S)
    subjects = [
        {"slug": f"bench-{n}", "name": f"试点{n:03d}号", "kind": "product", "aliases": []}
        for n in range(severe)
    ]
    with running({"subjects.yaml": subjects}) as stack:
        token = stack.command("token", "bench", "--scope", "ingest").strip()
        sent = _feed(stack, token, severe)
        waits = _waits(stack, sent)
    lost = severe - len(waits)
    waits.sort()
    p50, p95 = waits[len(waits) // 2], waits[int(len(waits) * 0.95)]
    print(
        f"severe post at the API to WeCom request, {POSTS_A_SECOND} posts/s, {severe} alerts: "
        f"p50 {p50:.2f} s, p95 {p95:.2f} s, worst {waits[-1]:.2f} s, missing {lost}"
    )


def _feed(stack: Stack, token: str, severe: int) -> dict[int, float]:
    """Send the posts at an even pace; return when each severe one was sent."""
    sent: dict[int, float] = {}
    every = int(SEVERE_EVERY_S * POSTS_A_SECOND)
    start = time.time()
    with httpx.Client(
        base_url=stack.url, headers={"Authorization": f"Bearer {token}"}, timeout=10
    ) as client:
        for number in range(severe * every):
            time.sleep(max(0.0, start + number / POSTS_A_SECOND - time.time()))
            subject, rest = divmod(number, every)
            alarming = rest == every // 2
            if alarming:
                sent[subject] = time.time()
            client.post("/api/v1/posts", json=[_post(number, subject, alarming)]).raise_for_status()
    return sent


def _post(number: int, subject: int, alarming: bool) -> dict[str, Any]:
    name = f"试点{subject:03d}号"
    chatter = CHATTER[number % len(CHATTER)]
    text = f"{name}漏电了，手被电得发麻。{chatter}" if alarming else f"{name}，{chatter}"
    return {
        "platform": "jd",
        "kind": "review",
        "native_id": f"bench-{number}",
        "text": text,
        "published_at": datetime.now(UTC).isoformat(),
    }


def _waits(stack: Stack, sent: dict[int, float]) -> list[float]:
    deadline = time.time() + LATE_S
    while time.time() < deadline and len(_first_messages(stack)) < len(sent):
        time.sleep(0.2)
    came = _first_messages(stack)
    return [came[subject] - at for subject, at in sent.items() if subject in came]


def _first_messages(stack: Stack) -> dict[int, float]:
    """Return when the first message about each subject came."""
    first: dict[int, float] = {}
    for at, body in list(stack.wecom.messages):
        text = json.dumps(json.loads(body), ensure_ascii=False)
        for part in text.split("试点")[1:]:
            if part[:3].isdigit():
                first.setdefault(int(part[:3]), at)
    return first
