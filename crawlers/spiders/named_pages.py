"""Spiders of pages that the operator names one by one; one that is gone holds up no other."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from twisted.python.failure import Failure

from crawlers.drafts import Refused
from crawlers.page_recipes import COMMON
from crawlers.readings import as_list, explained
from crawlers.spiders.base import BadParams, PostSpider


class NamedPage(BaseModel):
    """One page to visit; written as its address alone, or with more about it."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)

    url: str = Field(pattern=r"^https?://[^/\s]\S*$", max_length=1000)


def named(pages: Any) -> Any:
    """Return a list of pages of which each may be written as an address only."""
    return [{"url": page} if isinstance(page, str) else page for page in as_list(pages)]


Named = BeforeValidator(named)


class NamedPagesSpider(PostSpider):
    """A spider of this kind names the `model` of its parameters; `wanted` is what they say."""

    model: ClassVar[type[BaseModel]]
    required_params: ClassVar[tuple[str, ...]] = ("pages",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {name: value for name, value in self.params.items() if name not in COMMON}
        try:
            self.wanted: Any = self.model.model_validate(own)
        except ValidationError as exc:
            said = explained(exc, self.model)
            raise BadParams(f"信源 {self.job.slug} 的参数 {said}") from None

    def visit(self, url: str, callback: Callable[..., Any], **place: Any) -> Request:
        """Return the request for a page; `callback` gets the place."""
        return Request(
            self.at(url),
            headers=self.cookie(url),
            callback=callback,
            errback=self.missed,
            cb_kwargs=place,
            meta={"may_be_gone": True, "url": url},
            dont_filter=True,
        )

    def missed(self, failure: Failure) -> Iterator[Refused]:
        """Take a page that is gone as refused; any other failure ends the run."""
        said = str(failure.value)
        if isinstance(failure.value, IgnoreRequest) and said.startswith("HTTP "):
            request: Any = getattr(failure, "request", None)
            address = request.meta.get("url", "") if request is not None else ""
            yield Refused({"url": address}, f"页面不在了（{said}）")
            return
        self.failed(failure)
