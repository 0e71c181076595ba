"""One keyword rule as it stands in a rule file."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any

import regex
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from nlp.categories import Category
from nlp.levels import Level
from nlp.normalise import normalise
from nlp.rules.reasons import Reason


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rule was read from; `examples` gives the line of each sentence."""

    file: str = ""
    line: int = 0
    examples: dict[str, int] = field(default_factory=dict)


def _plain(word: str) -> str:
    """Keywords are compared with normalised texts, so they are normalised too."""
    plain = normalise(word).text.strip()
    if not plain:
        raise ValueError(f"“{word}” 归一化后是空的")
    return plain


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | int) else value


def _all_listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, list) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Word = Annotated[str, AfterValidator(_plain)]
Words = Annotated[list[Word], BeforeValidator(_listed)]
Group = Annotated[Words, Field(min_length=1)]
Groups = Annotated[list[Group], BeforeValidator(_all_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Near(_Strict):
    """One word of each group, in one sentence, at most `distance` characters between neighbours."""

    words: Annotated[Groups, Field(min_length=2)]
    distance: int = Field(default=8, ge=0, le=60)
    ordered: bool = True


class Examples(_Strict):
    """Sentences that the rule must and must not hit."""

    match: list[str] = Field(min_length=1)
    no_match: list[str] = Field(min_length=1)


class RuleSpec(_Strict):
    """Words and patterns that raise a category and a least level.

    A hit comes from a word of `any`, a `near` combination or the `pattern` (searched in the
    normalised text: simplified script, lower case, half-width punctuation). It counts only if each
    group of `all` has a word in the text and none of `none` is there. A hit inside one of
    `look_alikes` means something else. With `word`, a hit that cuts a word in two is none.
    `despite` names the contexts that do not matter to this rule; `ignore_context` means all.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=80)
    category: Category
    level: Level | None = None
    any: Words = []
    all: Groups = []
    none: Words = []
    near: Annotated[list[Near], BeforeValidator(_as_list)] = []
    pattern: str | None = None
    word: bool = False
    look_alikes: Words = []
    platforms: Annotated[list[str], BeforeValidator(_listed)] = []
    kinds: Annotated[list[str], BeforeValidator(_listed)] = []
    min_p_neg: float = Field(default=0, ge=0, le=1)
    ignore_context: bool = False
    despite: list[Reason] = []
    examples: Examples
    note: str = ""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            matches_nothing = regex.compile(value).fullmatch("") is not None
        except regex.error as exc:
            raise ValueError(f"正则表达式有误：{exc}") from None
        if matches_nothing:
            raise ValueError("正则表达式不能匹配空文本")
        return value

    @model_validator(mode="after")
    def _can_hit(self) -> "RuleSpec":
        if not (self.any or self.all or self.near or self.pattern):
            raise ValueError("any、all、near、pattern 至少要写一个")
        return self

    @property
    def least_level(self) -> Level:
        """The level that an accepted hit raises at least."""
        return self.level or self.category.default_level

    @property
    def origin(self) -> Origin:
        return self._origin

    def placed(self, origin: Origin) -> "RuleSpec":
        """Note where the rule was read from; return the rule itself."""
        self._origin = origin
        return self

    def keywords(self) -> Iterable[str]:
        """The words that can raise a hit."""
        yield from self.any
        for near in self.near:
            for group in near.words:
                yield from group
        if not (self.any or self.near):
            for group in self.all:
                yield from group
