"""Tables that are dressed as .xls: web pages, and the XML that Excel 2003 wrote."""

from typing import IO, Any

from lxml import etree

from crawlers.importing.problems import ImportProblem
from crawlers.importing.tables import Cells, Rows

_MOST_COLUMNS = 2000
_MOST_SPAN = 1000
_OFFICE = "urn:schemas-microsoft-com:office:spreadsheet"


def is_page(start: str) -> bool:
    """Tell whether a text begins like a web page."""
    lowered = start.lower()
    return lowered.startswith("<") and any(
        mark in lowered for mark in ("<table", "<html", "<tr", "<!doctype html", "<body", "<head")
    )


def is_office_xml(start: str) -> bool:
    """Tell whether a text begins like Excel's XML."""
    return start.startswith("<") and _OFFICE in start


def page_rows(file: str, stream: IO[bytes], encoding: str) -> Rows:
    """Yield the rows of all tables of a page. Cells that span several are in each of them."""
    down: dict[int, tuple[int, str]] = {}
    rows = _elements(file, stream, "tr", html=True, encoding=encoding)
    for number, row in enumerate(rows, start=1):
        found = list(row.iterchildren("td", "th"))
        yield number, _spanned(found, down)


def office_rows(file: str, stream: IO[bytes], encoding: str) -> Rows:
    """Yield the rows of Excel's XML, in which empty cells and rows may be left out."""
    name, index = f"{{{_OFFICE}}}", f"{{{_OFFICE}}}Index"
    number = 0
    for row in _elements(file, stream, f"{name}Row", html=False, encoding=encoding):
        number = max(number + 1, _whole(row.get(index), 0))
        cells: Cells = []
        for cell in row.iterchildren(f"{name}Cell"):
            at = min(_whole(cell.get(index), len(cells) + 1), _MOST_COLUMNS)
            cells += [None] * (at - 1 - len(cells))
            cells.append("".join(cell.itertext()).strip())
        yield number, cells[:_MOST_COLUMNS]


def _elements(file: str, stream: IO[bytes], tag: str, *, html: bool, encoding: str) -> Any:
    """Yield elements one after the other, forgetting those that are done."""
    try:
        found = etree.iterparse(
            stream,
            events=("end",),
            tag=tag,
            html=html,
            encoding=encoding.removesuffix("-sig"),
            recover=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
        )
        for _, element in found:
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except (etree.LxmlError, LookupError) as exc:
        raise ImportProblem(file, f"网页表格已损坏，读不下去：{str(exc)[:80]}") from None


def _spanned(found: list[Any], down: dict[int, tuple[int, str]]) -> Cells:
    """Return a row's cells, with those that reach down from rows before and across columns."""
    cells: Cells = []

    def from_above() -> None:
        while len(cells) in down:
            rows, text = down.pop(len(cells))
            if rows > 1:
                still[len(cells)] = rows - 1, text
            cells.append(text)

    still: dict[int, tuple[int, str]] = {}
    for cell in found:
        from_above()
        text = _text(cell)
        rows = min(_whole(cell.get("rowspan"), 1), _MOST_SPAN)
        for across in range(min(_whole(cell.get("colspan"), 1), _MOST_SPAN)):
            if len(cells) >= _MOST_COLUMNS:
                break
            if rows > 1:
                still[len(cells)] = rows - 1, "" if across else text
            cells.append("" if across else text)
    from_above()
    down |= still
    return cells


def _text(cell: Any) -> str:
    for line_end in cell.iter("br"):
        line_end.tail = f"\n{line_end.tail or ''}"
    return "".join(cell.itertext()).strip()


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise
