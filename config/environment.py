"""What the environment says. Every setting of Fenghuo is a field here, and nowhere else.

Settings are read from variables with the prefix `FENGHUO_`, then from `.env`. A secret may also
come from a file: `FENGHUO_SECRET_KEY_FILE=/run/secrets/key` fills `FENGHUO_SECRET_KEY`.
An unknown `FENGHUO_` variable is refused: it is nearly always a spelling mistake.
"""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FENGHUO_"
CREDENTIAL = f"{PREFIX}CREDENTIAL_"
"""Cookies and keys of sources, under names that the operator gives: see `crawlers.credentials`."""


class SettingsError(Exception):
    """The environment holds something that cannot be used; the message says what and where."""


class Environment(BaseSettings):
    """Settings by name. Secrets are masked in `repr` and never reach a log."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    data_dir: Path = Field(
        Path("var"), description="Where the embedded database, logs and sockets live."
    )
    database_url: SecretStr | None = Field(
        None, description="postgres://user:password@host/name; empty: SQLite in the data directory."
    )
    broker_url: SecretStr | None = Field(
        None, description="redis://host:6379/0; empty: a private Redis started by `fenghuo up`."
    )
    secret_key: SecretStr | None = Field(
        None, description="Signs sessions; empty: made once and kept in the data directory."
    )
    base_url: str = Field(
        "http://127.0.0.1:8000", description="Address of the console as people reach it."
    )
    allowed_hosts: str = Field(
        "", description="Further host names that the console answers to, with commas."
    )
    debug: bool = Field(False, description="Django's debug pages. Never on a reachable host.")
    wecom_base_url: str = Field(
        "https://qyapi.weixin.qq.com", description="Where the WeCom robot API answers."
    )
    wecom_robots: SecretStr | None = Field(
        None, description="name=key,name=key; the first is the default robot."
    )
    sandbox_url: str = Field(
        "", description="Address of the demo's sandbox site; set by `fenghuo up --demo`."
    )
    crawler_user_agent: str = Field(
        "Fenghuo/0.1 (+brand monitoring; contact the operator)",
        description="How spiders introduce themselves.",
    )
    author_salt: SecretStr | None = Field(
        None, description="Salts author fingerprints; empty: derived from the secret key."
    )
    sentiment_model: str = Field(
        "", description="Another sentiment model; empty: the one that is shipped."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level of log lines: DEBUG, INFO, WARNING, ERROR."
    )

    def robots(self) -> dict[str, str]:
        """Return the WeCom robots as name to key, in the order given; the first is the default.

        Raises SettingsError for an entry that is not name=key.
        """
        text = self.wecom_robots.get_secret_value() if self.wecom_robots else ""
        robots: dict[str, str] = {}
        for number, entry in enumerate(filter(None, (e.strip() for e in text.split(","))), start=1):
            name, sign, key = entry.partition("=")
            if not (sign and name.strip() and key.strip()):
                raise SettingsError(
                    f"FENGHUO_WECOM_ROBOTS: entry {number} is not name=key (its text is not shown)"
                )
            robots[name.strip()] = key.strip()
        return robots


def read() -> Environment:
    """Read the settings.

    Raises SettingsError that names each variable that is unknown or cannot be used.
    """
    known = {PREFIX + name.upper() for name in Environment.model_fields}
    files = {f"{name}_FILE" for name in known}
    given = {
        name for name in os.environ if name.startswith(PREFIX) and not name.startswith(CREDENTIAL)
    }
    unknown = sorted(given - known - files)
    if unknown:
        raise SettingsError(f"unknown setting: {', '.join(unknown)}")
    try:
        return Environment(**_from_files(given & files))
    except ValidationError as exc:
        lines = [f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in exc.errors()]
        raise SettingsError("; ".join(lines)) from None


def _from_files(names: set[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in sorted(names):
        path = Path(os.environ[name])
        try:
            text = path.read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise SettingsError(f"{name}: cannot read {path}: {exc.strerror}") from None
        values[name.removeprefix(PREFIX).removesuffix("_FILE").lower()] = text
    return values
