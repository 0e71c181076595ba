"""Authors are kept as a masked name and a fingerprint, never as themselves."""

import hmac

from django.conf import settings

_NOBODY = frozenset({"匿名", "匿名用户", "匿名买家", "游客", "网友", "用户"})


def masked(name: str) -> str:
    """Return the name with only its first and last character left: `小**鱼`.

    A name that the site has masked already stays as it is.
    """
    if not name or "**" in name or name in _NOBODY:
        return name
    if len(name) <= 2:
        return f"{name[0]}*"
    return f"{name[0]}**{name[-1]}"


def fingerprint(platform: str, author_id: str, name: str) -> str:
    """Return what tells one author of a platform from another; "" when nobody can tell.

    Without an id the name serves, unless many share it: masked names and 匿名.
    """
    if not author_id and (not name or "*" in name or name in _NOBODY):
        return ""
    who = f"id:{author_id}" if author_id else f"name:{name}"
    message = f"{platform}\n{who}".encode()
    return hmac.digest(settings.AUTHOR_SALT.encode(), message, "sha256").hex()[:32]
