"""Links as pages write them, made whole; what cannot be visited is none."""

from urllib.parse import urldefrag, urljoin

from w3lib.url import safe_url_string

from crawlers.addresses import endpoint


def joined(base: str, href: str) -> str:
    """Return the web address that a link on the page `base` leads to, "" when it leads nowhere."""
    try:
        address = urljoin(base, href.strip())
        endpoint(address)
        safe_url_string(address)  # lone surrogates, ports that are none
    except ValueError:
        return ""
    return address


def document(base: str, href: str) -> str:
    """Return the same without a fragment that is only a place on the page.

    `#/detail?ruleId=1` names a document of its own, `#top` does not.
    """
    address, fragment = urldefrag(joined(base, href))
    return f"{address}#{fragment}" if "=" in fragment or "/" in fragment else address
