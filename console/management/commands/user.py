"""`fenghuo user`: add a person who may log in, or change one."""

import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.people import UnknownName, save_person


class Command(BaseCommand):
    help = "Add a person who may log in, or change one. A new password is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="NAME", help="what the person logs in with")
        parser.add_argument("--name", default="", help="name shown to colleagues")
        parser.add_argument(
            "--role",
            action="append",
            default=[],
            dest="roles",
            help="值班公关, 客服, 分析 or 管理; may be repeated",
        )
        parser.add_argument("--team", default="", help="slug of the team")
        parser.add_argument("--admin", action="store_true", help="may do everything")
        parser.add_argument("--new-password", action="store_true", help="make a new password")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else ""
        if options["password_stdin"] and not password:
            raise CommandError("标准输入里没有密码", returncode=2)
        try:
            person, made = save_person(
                options["username"],
                name=options["name"],
                roles=options["roles"],
                team=options["team"],
                admin=options["admin"],
                password=password,
                new_password=options["new_password"],
            )
        except UnknownName as exc:
            raise CommandError(str(exc), returncode=2) from None
        except ValidationError as exc:
            raise CommandError("；".join(exc.messages), returncode=2) from None
        self.stdout.write(f"账号 {person.username}（{person}）已保存")
        if made:
            self.stdout.write(f"密码 {made}  只显示这一次")
