"""Each post is claimed by one worker at a time."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from crawlers.models import Post
from opinion import claims
from tests.opinion.makers import NOW, make_post


@pytest.mark.django_db
def test_a_claim_takes_the_oldest_and_no_more_than_asked() -> None:
    posts = [make_post() for _ in range(3)]
    claim = claims.claim(now=NOW, limit=2)
    assert claim.posts == posts[:2]
    assert {post.lease_token for post in claim.posts} == {claim.token}
    assert claims.claim(now=NOW, limit=2).posts == posts[2:]
    assert claims.claim(now=NOW, limit=2).posts == []


@pytest.mark.django_db
@pytest.mark.parametrize(("late", "free"), [(-1, False), (0, True), (1, True)])
def test_a_lease_ends_exactly_when_it_ends(late: int, free: bool) -> None:
    make_post()
    claims.claim(now=NOW, limit=1)
    again = claims.claim(now=NOW + claims.LEASE + timedelta(seconds=late), limit=1)
    assert bool(again.posts) is free


@pytest.mark.django_db
def test_only_who_holds_all_leases_may_finish() -> None:
    make_post()
    make_post()
    first = claims.claim(now=NOW, limit=2)
    later = NOW + claims.LEASE
    second = claims.claim(now=later, limit=1)
    assert not claims.finish(first.posts, first.token)
    assert Post.objects.filter(state="scored").count() == 1  # the caller rolls this back
    assert claims.finish(second.posts, second.token)


@pytest.mark.django_db
def test_what_is_given_back_is_free_at_once() -> None:
    post = make_post()
    claim = claims.claim(now=NOW, limit=1)
    claims.release(claim.posts, "another token")
    assert claims.claim(now=NOW, limit=1).posts == []
    claims.release(claim.posts, claim.token)
    assert claims.claim(now=NOW, limit=1).posts == [post]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["scored", "failed"])
def test_what_is_done_with_is_not_claimed(state: str) -> None:
    make_post(state=state)
    assert claims.claim(now=NOW, limit=1).posts == []


WORKER = """
import random, sys
import django
django.setup()
from datetime import timedelta
from opinion.scoring import score_pending
from tests.opinion.makers import NOW, Fake, negative, PRAISE
fake = Fake(lambda item: negative() if hash(item.text) % 2 else PRAISE)
done = idle = 0
while idle < 3:
    count = score_pending(now=NOW, limit=random.randint(1, 40), analyst=fake)
    done += count
    idle = 0 if count else idle + 1
print(done)
"""

CHECK = """
import django
django.setup()
from opinion import buckets
from opinion.models import Bucket, Mention, Signal
from crawlers.models import Post
from django.db.models import Sum
assert not Post.objects.exclude(state="scored").exists()
assert buckets.recount() == []
rules = Signal.objects.filter(detector="rule").count()
assert rules == Mention.objects.filter(label="neg").count(), rules
print(Mention.objects.count(), Bucket.objects.aggregate(Sum("mentions"))["mentions__sum"])
"""

FILL = """
import django
django.setup()
from tests.opinion.makers import make_post, make_subject, different
make_subject()
make_subject("shanpo", name="杉泊")
for number in range(300):
    make_post(f"星禾和杉泊 {different(number)}")
"""


def run(code: str, url: str) -> "subprocess.Popen[str]":
    environment = os.environ | {
        "FENGHUO_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
    )


def output(process: "subprocess.Popen[str]") -> str:
    text, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return text


@pytest.mark.services
@pytest.mark.slow
def test_workers_side_by_side_score_every_post_once(postgres_database: str) -> None:
    migrate = "import django; django.setup(); from django.core.management import call_command; "
    output(run(migrate + "call_command('migrate', verbosity=0)", postgres_database))
    output(run(FILL, postgres_database))
    workers = [run(WORKER, postgres_database) for _ in range(3)]
    assert sum(int(output(worker)) for worker in workers) == 300
    assert output(run(CHECK, postgres_database)).split() == ["600", "600"]
