"""Which tables, columns, indexes and constraints the migrations of this project have made.

A database may hold more: tables of other services, of extensions, or what somebody added by hand.
"""

import ast
from collections.abc import Iterable
from pathlib import Path

from alembic.script import ScriptDirectory

_MADE_BY = frozenset(
    {
        *("create_table", "add_column", "alter_column"),
        *("create_index", "create_primary_key", "create_unique_constraint"),
        *("create_foreign_key", "create_check_constraint", "create_exclude_constraint"),
    }
)


class SchemaHistory(ast.NodeVisitor):
    """Reads the calls of Alembic's operations in the migrations, the oldest first.

    Names that are computed are not understood. What has such a name counts as somebody else's, so
    the worst that can happen is that it stays.
    """

    def __init__(self, scripts: ScriptDirectory) -> None:
        self._names: dict[str, set[str]] = {}  # by table
        self._batch: str | None = None
        for script in reversed([*scripts.walk_revisions()]):
            self.visit(ast.parse(Path(script.path).read_bytes()))

    def made(self, table: str, name: str) -> bool:
        """Tell whether a migration made something of this name in the table, or the table."""
        return name in self._names.get(table, ())

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Read a function; a downgrade undoes what is there."""
        if node.name != "downgrade":
            self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:
        """Read a block, which may be about one table."""
        call = node.items[0].context_expr
        if isinstance(call, ast.Call) and _name_of(call) == "batch_alter_table":
            self._batch = next(iter(_texts(call)), None)
        self.generic_visit(node)
        self._batch = None

    def visit_Call(self, node: ast.Call) -> None:
        """Read an operation: all texts in it are names, or say something about one."""
        texts = _texts(node)
        match _name_of(node):
            case "create_table" if texts:
                self._names[texts[0]] = set(texts)
            case "drop_table" if texts:
                self._names.pop(texts[0], None)
            case "rename_table" if texts[1:]:
                names = self._names.pop(texts[0], set())
                self._names[texts[1]] = names | {texts[1]}
            case operation if operation in _MADE_BY:
                for table in self._tables_in(texts):
                    self._names[table].update(texts)
            case _:
                self.generic_visit(node)

    def _tables_in(self, texts: Iterable[str]) -> set[str]:
        return {table for table in (*texts, self._batch) if table in self._names}


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _texts(call: ast.Call) -> list[str]:
    """Return the texts in a call, in the order of the source."""
    constants = [node for node in ast.walk(call) if isinstance(node, ast.Constant)]
    constants.sort(key=lambda node: (node.lineno, node.col_offset))
    return [node.value for node in constants if isinstance(node.value, str)]
