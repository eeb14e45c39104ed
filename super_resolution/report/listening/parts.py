"""What both HTML pages are made of: templates, tables, and a policy that forbids the internet."""

import base64
import hashlib
import html
import re
from pathlib import Path

from super_resolution.report.tables import split_mark

ASSETS = Path(__file__).with_name("assets")  # templates, style and scripts


def read(name: str) -> str:
    """Read a template, style or script."""
    return (ASSETS / name).read_text(encoding="utf-8")


def fill(template: str, **values: str) -> str:
    """Replace each {{name}} in one pass, so that braces in a value are not replaced."""
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template)


def policy(style: str, script: str | None = None) -> str:
    """Allow only this style and script, by their hashes, and images inside the page."""

    def source(text: str) -> str:
        return f"'sha256-{base64_of(hashlib.sha256(text.encode()).digest())}'"

    scripts = f"script-src {source(script)}; " if script else ""
    return (
        f"default-src 'none'; {scripts}style-src {source(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def base64_of(content: bytes) -> str:
    """Encode bytes as text."""
    return base64.b64encode(content).decode("ascii")


def table(columns: list[str], rows: list[list[str]]) -> str:
    """Give a table of metrics.

    Parameters
    ----------
    columns, rows : list of str, list of list of str
        First the method; cells with the mark of `tables.cells` are shown as the best of
        their column.
    """
    body = [[html.escape(method), *map(_best, cells)] for method, *cells in rows]
    return "<p>The best of each column is bold.</p>\n" + raw_table(columns, body)


def raw_table(columns: list[str], rows: list[list[str]]) -> str:
    """Give a table of cells that are HTML already, within a box that scrolls."""
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>\n'
        for first, *cells in rows
    )
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Table of metrics">\n'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def _best(cell: str) -> str:
    text, is_best = split_mark(cell)
    value = html.escape(text)
    return f"<strong>{value}</strong>" if is_best else value


def definition_list(definitions: dict[str, str]) -> str:
    """Give the definitions of the columns, folded; nothing without any."""
    if not definitions:
        return ""
    items = "".join(
        f"<dt>{html.escape(column)}</dt><dd>{html.escape(text)}</dd>\n"
        for column, text in definitions.items()
    )
    return (
        "<details><summary>Definitions of the metrics</summary>\n"
        f'<dl class="definitions">\n{items}</dl></details>\n'
    )
