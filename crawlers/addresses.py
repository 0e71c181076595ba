"""Which addresses a spider may connect to: the public internet, and its source's own hosts.

A scraped link or a redirect must never reach a host inside the operator's network.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import DNSLookupError

_PORTS = {"http": 80, "https": 443}


def endpoint(url: str) -> tuple[str, int]:
    """Return host and port of a web address.

    Raises ValueError when it has none, or is not http or https.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"not a web address: {url[:100]}")
    return parts.hostname.lower(), parts.port or _PORTS[parts.scheme]


def own_endpoints(params: Any) -> set[tuple[str, int]]:
    """Return the endpoints of every address in a source's parameters, however deep it stands."""
    if isinstance(params, str):
        try:
            return {endpoint(params)}
        except ValueError:
            return set()
    if isinstance(params, dict):
        params = list(params.values())
    if isinstance(params, list):
        return set().union(*map(own_endpoints, params))
    return set()


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def may_connect(host: str, port: int, own: Iterable[tuple[str, int]]) -> bool:
    """Tell whether a spider with these own endpoints may connect there.

    A name that does not resolve may: the connection itself will say so, more clearly.
    """
    if (host, port) in set(own):
        return True
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return True
    return all(is_public(str(address[0])) for *_, address in found)


class PublicResolver(CachingThreadedResolver):
    """Answers only with public addresses, but for the source's own hosts.

    `may_connect` has asked before; a name that answers differently the second time stops here.
    """

    own_hosts: frozenset[str] = frozenset()

    def getHostByName(self, name: str, timeout: Any = ()) -> "Deferred[str]":  # noqa: N802 (Twisted's name)
        answer = super().getHostByName(name, timeout)
        if name not in self.own_hosts:
            answer.addCallback(self._refuse_private, name)
        return answer

    @staticmethod
    def _refuse_private(address: str, name: str) -> "str | Deferred[str]":
        if is_public(address):
            return address
        return fail(DNSLookupError(f"{name} is inside the network"))
