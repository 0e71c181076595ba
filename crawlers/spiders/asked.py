"""What the operator asks of a spider, out of a source's parameters."""

from crawlers.spiders.base import BadParams, Job


def words(job: Job, name: str) -> list[str]:
    """Return a parameter that lists words or ids, each once; one alone is a list of itself.

    Raises BadParams when it holds anything else.
    """
    value = job.params.get(name)
    found: dict[str, None] = {}
    for one in value if isinstance(value, list) else [value]:
        plain = isinstance(one, str | int) and not isinstance(one, bool)
        text = str(one).strip() if plain else ""
        if not text:
            raise BadParams(f"信源 {job.slug} 的参数 {name} 应是一列文字，如 [某牌, 某牌旗舰店]")
        found.setdefault(text)
    if not found:
        raise BadParams(f"信源 {job.slug} 的参数 {name} 是空的")
    return list(found)


def number(job: Job, name: str, *, default: int, most: int) -> int:
    """Return a parameter that is a number from 1 to `most`. Raises BadParams."""
    value = job.params.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise BadParams(f"信源 {job.slug} 的参数 {name} 应是 1 到 {most} 的整数")
    return value
