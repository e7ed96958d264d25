"""Records read out of the ledger's rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from greenlab.ledger import json_templates
from greenlab.ledger.raw_json_export import Stored
from greenlab.record import CellRecord


class RowReader:
    """Records out of rows; each template is fetched and taken apart once."""

    def __init__(self) -> None:
        self._templates: dict[int, json_templates.Template] = {}
        self._checked: dict[int, json_templates.Template] = {}

    def fetch(
        self, connection: sqlite3.Connection, query: str, values: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        """The rows of a query that ends with `SELECTED`, and the templates that they need."""
        found = connection.execute(query, values).fetchall()
        for number in {row[-2] for row in found} - self._templates.keys() - {None}:
            for (content,) in connection.execute(
                "SELECT text FROM main.template WHERE id = ?", (number,)
            ):
                if isinstance(content, str):
                    self._templates[number] = json_templates.Template(content)
        return found

    def read(self, template: int | None, stored: Any) -> CellRecord:
        """The record of a row.

        Raises:
            ValueError: it is damaged, or no `greenlab.record/1`.
        """
        try:
            return CellRecord.from_dict(json.loads(self.json(template, stored)))
        except (TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"a record is damaged ({error})") from error

    def json(self, template: int | None, stored: Any) -> str:
        """The same as JSON.

        Raises:
            ValueError: it is damaged.
        """
        if isinstance(stored, str):
            return stored
        return self.template(template).fill(json_templates.unpacked(stored))

    def stored(self, template: int | None, content: Any) -> Stored:
        """The record of a row as it is stored.

        Raises:
            ValueError: it is damaged, or records of its template are no `greenlab.record/1`.
        """
        if template is None:
            return Stored(*json_templates.cut(self.read(template, content).to_dict()))
        if template not in self._checked:
            self.read(template, content)
            self._checked[template] = self.template(template)
        known, values = self._checked[template], json_templates.unpacked(content)
        known.check(values)
        return Stored(known, values)

    def template(self, number: int | None) -> json_templates.Template:
        """The template with this id, as far as it was fetched.

        Raises:
            ValueError: there is none.
        """
        if number is None or number not in self._templates:
            raise ValueError("a record's template is not there")
        return self._templates[number]
