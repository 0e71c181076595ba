"""`fenghuo serve`: run the web console alone."""

from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Run the web console alone, without workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")

    def handle(self, *_: Any, **options: Any) -> None:
        from console.server import make_server

        host, port = options["host"], options["port"]
        self.stdout.write(f"控制台 http://{host}:{port}  Ctrl-C 停止")
        with suppress(KeyboardInterrupt):  # uvicorn raises it again after a clean stop
            make_server(host, port).run()
