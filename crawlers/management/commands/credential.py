"""`fenghuo credential NAME`: keep a cookie or key that sources ask for by name."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError

from config import clock
from crawlers import credentials
from crawlers.models import Source


class Command(BaseCommand):
    """Reads the value from the terminal without showing it, or from standard input."""

    help = "保存信源要用的 Cookie 或密钥（不显示、不进日志），下一次采集就用新的"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="凭据的名称，如 weibo_cookie")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        value = getpass(f"{name}：") if sys.stdin.isatty() else sys.stdin.read()
        try:
            credentials.write(name, value)
        except ValueError as exc:
            raise CommandError(str(exc)) from None
        except OSError as exc:
            raise CommandError(f"写不下凭据：{exc.strerror}") from None
        waiting = self._try_again(name)
        found = f"，马上重试：{'、'.join(waiting)}" if waiting else ""
        self.stdout.write(f"已保存 {name}{found}")

    def _try_again(self, name: str) -> list[str]:
        """Let the sources that were refused with the old value run now."""
        try:
            refused = Source.objects.filter(enabled=True, failures__gt=0)
            slugs = [s.slug for s in refused if name in credentials.named_in(s.params)]
            Source.objects.filter(slug__in=slugs).update(next_run_at=clock.now())
        except DatabaseError:  # the database is not there yet; the value is kept all the same
            return []
        return slugs
