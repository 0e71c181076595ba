"""What Fenghuo runs on: each finding says what is there, or what is wrong and what to do."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu import Connection
from kombu.exceptions import OperationalError as BrokerError
from pydantic import ValidationError

from console.management.failures import explain, place
from opinion.models import Rule
from opinion.rule_store import spec_of


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    ok: bool
    text: str
    needs_database: bool = False


def findings() -> Iterator[Finding]:
    """Look at the data directory, the database, the broker and the robots, in this order."""
    yield _data_directory()
    yield from _database()
    yield from _broker()
    yield _robots()


def _data_directory() -> Finding:
    folder = Path(settings.DATA_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Finding(True, f"数据目录 {folder}：可写")
    except OSError as exc:
        advice = "换一个目录（FENGHUO_DATA_DIR），或改它的权限"
        return Finding(False, f"数据目录 {folder} 写不了：{exc.strerror}；{advice}")


def _database() -> Iterator[Finding]:
    file = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not _exists(str(file)):
        text = f"数据库 {file} 还没有：运行 fenghuo migrate（fenghuo up 会自己做）"
        yield Finding(False, text, needs_database=True)
        return
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        unusable = [] if waiting else list(_unusable_rules())
    except (DatabaseError, InterfaceError) as exc:
        yield Finding(False, explain(exc), needs_database=True)
        return
    if waiting:
        text = f"数据库 {place()} 有 {len(waiting)} 个迁移没有执行：运行 fenghuo migrate"
        yield Finding(False, text, needs_database=True)
        return
    yield Finding(True, f"数据库 {place()}：可用，表是最新的", needs_database=True)
    for text in unusable:
        yield Finding(False, text)


def _exists(file: str) -> bool:
    return file.startswith("file:") or file == ":memory:" or Path(file).exists()


def _unusable_rules() -> Iterator[str]:
    for row in Rule.objects.filter(enabled=True).order_by("slug"):
        try:
            spec_of(row)
        except ValidationError as exc:
            first = exc.errors()[0]
            where = ".".join(map(str, first["loc"]))
            yield f"数据库里的规则 {row.slug} 用不了（{where}：{first['msg']}）：在后台改正或停用它"


def _broker() -> Iterator[Finding]:
    secret = settings.ENV.broker_url
    if secret is None:
        return
    url = secret.get_secret_value()
    try:
        parts = urlsplit(url)
        where = f"{parts.scheme}://{parts.hostname or ''}{parts.path if not parts.hostname else ''}"
        where += f":{parts.port}" if parts.port else ""
    except ValueError:
        yield Finding(False, "FENGHUO_BROKER_URL 不是一个地址；应如 redis://主机:6379/0")
        return
    try:
        with Connection(url, connect_timeout=2, transport_options=_IMPATIENT) as broker:
            broker.ensure_connection(
                max_retries=1, interval_start=0, reraise_as_library_errors=True
            )
            broker.default_channel.close()
        yield Finding(True, f"消息中间件 {where}：可用")
    except (BrokerError, OSError, KeyError, ImportError) as exc:
        reason = next(iter(str(exc).splitlines()), "") or type(exc).__name__
        advice = "检查 FENGHUO_BROKER_URL，以及它是否在运行"
        yield Finding(False, f"消息中间件 {where} 连不上：{reason}；{advice}")


_IMPATIENT = {"socket_timeout": 2, "socket_connect_timeout": 2}


def _robots() -> Finding:
    names = "、".join(settings.WECOM_ROBOTS)
    if names:
        return Finding(True, f"企业微信机器人：{names}（第一个是默认）")
    return Finding(
        True, "企业微信机器人：一个也没有配置，通知只在后台看得到（FENGHUO_WECOM_ROBOTS）"
    )
