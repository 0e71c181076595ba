import asyncio

import pytest

from crawlers.addresses import is_loopback, is_public, may_connect, own_endpoints
from crawlers.known_spiders import Access
from crawlers.settings_scrapy import LEAST_API_DELAY_S, LEAST_DELAY_S, build


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104 (an address like any other here)
        "::1",
        "fe80::1%eth0",
        "::ffff:127.0.0.1",
        "100.64.0.1",
        "224.0.0.1",
    ],
)
def test_addresses_inside_the_network_are_not_public(address):
    assert not is_public(address)


def test_addresses_of_the_internet_are_public():
    assert is_public("8.8.8.8")
    assert is_public("2001:4860:4860::8888")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"])
def test_no_name_of_this_machine_may_be_reached(host):
    assert not asyncio.run(may_connect(host, 80, set()))


def test_only_the_sources_own_host_and_port_may_be_inside():
    own = own_endpoints({"url": "http://127.0.0.1:8799/x", "more": ["http://[::1]/", 3, None]})
    assert own == {("127.0.0.1", 8799), ("::1", 80)}
    assert asyncio.run(may_connect("127.0.0.1", 8799, own))
    assert not asyncio.run(may_connect("127.0.0.1", 6379, own))


def test_loopback_is_this_machine_only():
    assert is_loopback("localhost")
    assert is_loopback("127.0.0.5")
    assert not is_loopback("www.example")


def test_only_this_machine_may_be_asked_without_a_pause():
    local = build({"url": "http://127.0.0.1:1/", "delay_seconds": 0}, user_agent="x")
    assert (local["DOWNLOAD_DELAY"], local["AUTOTHROTTLE_ENABLED"]) == (0, False)
    for params in ({"url": "http://www.example/", "delay_seconds": 0}, {"delay_seconds": 0}):
        remote = build(params, user_agent="x")
        assert remote["DOWNLOAD_DELAY"] == LEAST_DELAY_S
        assert remote["AUTOTHROTTLE_ENABLED"]


def test_spiders_are_polite_and_closed_by_default():
    settings = build({"url": "http://www.example/"}, user_agent="Fenghuo/1")
    assert settings["ROBOTSTXT_OBEY"]
    assert settings["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert not settings["COOKIES_ENABLED"]
    assert not settings["TELNETCONSOLE_ENABLED"]
    assert not settings["REMOTE_CONTROL_ENABLED"]
    assert 429 not in settings["RETRY_HTTP_CODES"]
    assert settings["DOWNLOAD_HANDLERS"]["file"] is None
    assert not build(
        {"url": "x", "ignore_robots": {"by": "李工", "reason": "站长书面同意"}}, user_agent="x"
    )["ROBOTSTXT_OBEY"]


def test_official_apis_are_bound_by_their_terms_and_not_by_robots():
    settings = build({"delay_seconds": 0}, user_agent="x", access=Access.KEY)
    assert not settings["ROBOTSTXT_OBEY"]
    assert settings["DOWNLOAD_DELAY"] == LEAST_API_DELAY_S


def test_who_reads_with_a_login_reads_slowly():
    assert build({}, user_agent="x", access=Access.COOKIE)["DOWNLOAD_DELAY"] == 10
    assert build({}, user_agent="x")["DOWNLOAD_DELAY"] == 6


@pytest.mark.parametrize("decision", ["站长同意", {"by": "李工"}, {"by": " ", "reason": "x"}, [1]])
def test_robots_are_not_disobeyed_without_a_name_and_a_reason(decision):
    with pytest.raises(ValueError, match="ignore_robots"):
        build({"ignore_robots": decision}, user_agent="x")
