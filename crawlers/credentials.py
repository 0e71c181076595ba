"""The operator's own cookies and keys: named in a source's parameters, kept outside of them.

A parameter says `{credential:weibo_cookie}`. The value is looked up when a run begins: first in
the file `credentials/weibo_cookie` of the data directory (written by `fenghuo credential`), then in
`.env`, then in the environment, both as `FENGHUO_CREDENTIAL_WEIBO_COOKIE`. So a new cookie holds
from the next run on, without a restart.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from django.conf import settings
from dotenv import dotenv_values

from config.environment import CREDENTIAL

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_PLACE = re.compile(r"\{credential:([^{}]*)\}")
_SHORTEST_HIDDEN = 4


class MissingCredential(ValueError):
    """A source needs a credential that nobody has set."""


def read(name: str) -> str:
    """Return a credential's value. Raises MissingCredential."""
    if NAME.fullmatch(name):
        variable = CREDENTIAL + name.upper()
        places = (_of_file(name), dotenv_values(".env").get(variable), os.environ.get(variable))
        value = next((text.strip() for text in places if text and text.strip()), "")
        if value and value.isprintable():
            return value
    raise MissingCredential(f"凭据 {name} 还没有设置，运行 fenghuo credential {name}")


def write(name: str, value: str) -> Path:
    """Keep a credential in a file that only this user may read. Raises ValueError."""
    if not NAME.fullmatch(name):
        raise ValueError("名称只用小写字母、数字和下划线，以字母开头")
    value = value.strip()
    if not value or not value.isprintable():
        raise ValueError("凭据是空的，或含有换行等控制字符")
    path = _file(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(value)
    part.replace(path)
    return path


def named_in(params: object) -> set[str]:
    """Return the names of the credentials that parameters ask for."""
    if isinstance(params, str):
        return set(_PLACE.findall(params))
    if isinstance(params, dict):
        params = list(params.values())
    return set().union(*map(named_in, params)) if isinstance(params, list) else set()


def filled(text: str) -> str:
    """Return a parameter with its credentials in place. Raises MissingCredential."""
    return _PLACE.sub(lambda place: read(place[1]), text)


def hidden(text: str, values: Iterable[str]) -> str:
    """Return a text without these credentials: for logs and for the outcome of a run."""
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST_HIDDEN:
            # As it is, as JSON writes it in two ways, as Python shows it, and as addresses do.
            quoted = (json.dumps(value), json.dumps(value, ensure_ascii=False), repr(value))
            encoded = (quote(value, safe=""), quote_plus(value))
            for written in (value, *(each[1:-1] for each in quoted), *encoded):
                text = text.replace(written, "***")
    return text


def hidden_within(data: Any, values: Iterable[str]) -> Any:
    """Return JSON data of any shape without these credentials."""
    known = list(values)
    if isinstance(data, str):
        return hidden(data, known)
    if isinstance(data, Mapping):
        return {hidden(str(key), known): hidden_within(value, known) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [hidden_within(item, known) for item in data]
    return data


def _file(name: str) -> Path:
    return Path(settings.DATA_DIR) / "credentials" / name


def _of_file(name: str) -> str:
    try:
        return _file(name).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""
