"""`fenghuo token NAME --scope ingest,read,incidents`: print a new API token."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock
from console.api import tokens


class Command(BaseCommand):
    help = "Print a new API token. It is shown once; a token of the same name stops working."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the token is for, e.g. shop-export")
        parser.add_argument(
            "--scope", default="ingest,read", help=f"of {', '.join(tokens.SCOPES)}, with commas"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = [scope.strip() for scope in options["scope"].split(",") if scope.strip()]
        try:
            token = tokens.issue(options["name"], scopes, now=clock.now())
        except tokens.UnknownScope as exc:
            raise CommandError(str(exc), returncode=2) from None
        self.stdout.write(token)
