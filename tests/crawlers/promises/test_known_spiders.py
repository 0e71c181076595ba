"""The table of spiders holds what it says."""

from importlib import import_module

import pytest

from crawlers.known_spiders import SPIDERS, hosts_of
from crawlers.spiders.base import BadParams, Job, PostSpider
from tests.crawlers.promises.test_broken_answers import CALLBACKS
from tests.crawlers.samples import NOW


def spider_class(name):
    module, _, attribute = SPIDERS[name].path.partition(":")
    return getattr(import_module(module), attribute)


@pytest.mark.parametrize("name", sorted(SPIDERS))
def test_a_spider_stands_where_the_table_says_and_has_that_name(name):
    of = spider_class(name)
    assert issubclass(of, PostSpider)
    assert of.name == name
    assert SPIDERS[name].label


@pytest.mark.parametrize(
    "name", [name for name in sorted(set(SPIDERS) & set(CALLBACKS)) if spider_class(name).same_host]
)
def test_a_spider_stays_on_the_hosts_of_the_table_and_of_its_parameters(name):
    of, params, *_ = CALLBACKS[name][0]
    made = of(job=Job("s", "shop", params), clock=lambda: NOW)
    own = {host for host, _ in made.own_endpoints}
    assert set(made.allowed_domains) == hosts_of(name) | own
    assert made.allowed_domains


@pytest.mark.parametrize(
    "name", [name for name in sorted(SPIDERS) if spider_class(name).required_params]
)
def test_a_spider_without_its_parameters_says_which_are_missing(name):
    of = spider_class(name)
    with pytest.raises(BadParams, match="缺少参数"):
        of(job=Job("s", "shop", {}), clock=lambda: NOW)


@pytest.mark.slow
def test_crawling_with_an_unknown_spider_says_so(world):
    world.source("odd", "no_such_spider", {"url": "http://127.0.0.1:9/"})
    done = world.command("crawl", "odd")
    assert done.returncode == 1
    assert "没有名为“no_such_spider”的爬虫" in done.stdout
    assert "sandbox_shop" in done.stdout
    assert "Traceback" not in done.stderr
