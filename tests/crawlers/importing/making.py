"""Files for the tests, made as shops and people make them."""

import csv
import io
from pathlib import Path

import openpyxl

HEADER = ["评价编号", "评价内容", "评价时间", "评分", "买家昵称"]
ROWS = [
    ["'19000000001", "壶底漏水", "2024-01-15 12:30:05", "1星", "小小鱼"],
    ['="19000000002"', "很好用", "2024/1/14 9:03", "好评", "张***三"],
]


def delimited(rows, delimiter=","):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def written(folder: Path, content: str | bytes, name="reviews.csv", encoding="utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def workbook(folder: Path, *sheets, name="reviews.xlsx", merged=()) -> Path:
    """Write a workbook; `merged` areas are of the last sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"表{number}")
        for row in rows:
            sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    book.save(folder / name)
    return folder / name


def rejected_lines(path: Path):
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
