# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Notes in a module of which of its blocks have run: cheap enough to stand in the whole engine.

A block is a run of statements without a branch between them. Its note stores one byte, some 30 ns, where a tracer takes a microsecond for each line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard


class _NamedCall(ast.Call):
    func: ast.Name


NOTE = "__reached__"
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Branching = ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try | ast.TryStar | ast.With | ast.AsyncWith | ast.Match


def note(tree: ast.Module, first: int) -> dict[int, int]:
    """Put notes into the functions of a tree, numbered from the first, and return by line the number of its block.

    A line of which no function is around has none: it runs at import.
    """
    lines: dict[int, int] = {}
    for function in [one for one in ast.walk(tree) if isinstance(one, _Function)]:
        first = _note_body(function.body, first, lines)
    return lines


def _note_body(body: list[ast.stmt], number: int, lines: dict[int, int]) -> int:
    """Put notes into a body and those inside it; functions inside have their own turn. Return the next number."""
    starts: list[tuple[int, int]] = []
    begins = True
    for index, statement in enumerate(body):
        if index == 0 and _is_docstring(statement):
            continue
        if begins:
            starts.append((index, number))
            number += 1
        for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
            lines[line] = starts[-1][1]
        if not isinstance(statement, _Function | ast.ClassDef):
            for inner in bodies(statement):
                number = _note_body(inner, number, lines)
        begins = isinstance(statement, _Branching)
    for index, block in reversed(starts):
        body.insert(index, _store(block, body[index]))
    return number


def bodies(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the lists of statements of a statement, and of its handlers and cases."""
    for name in ("body", "orelse", "finalbody"):
        found = getattr(statement, name, None)
        if isinstance(found, list) and found and isinstance(found[0], ast.stmt):
            yield found
    for inner in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        yield from bodies(inner)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _store(block: int, beside: ast.stmt) -> ast.stmt:
    place = ast.Subscript(ast.Name(NOTE, ast.Load()), ast.Constant(block), ast.Store())
    made = ast.copy_location(ast.Assign([place], ast.Constant(1)), beside)
    return ast.fix_missing_locations(made)


def blocks_of(source: str, first: int, line: int) -> set[int]:
    """Return the blocks that show that a line has worked; of a line that runs at import those of its function or class, or else of all functions.

    Those are the blocks with which its function begins: the default of a parameter is used whatever happens inside.
    """
    tree = ast.parse(source)
    heads = {one: (one.lineno - len(one.decorator_list), one.end_lineno or 0) for one in _walk(tree)}
    around = [one for one, (start, end) in heads.items() if start <= line <= end]
    starts = {one: _first_line(one) for one in _walk(tree) if isinstance(one, _Function)}
    lines = note(tree, first)
    inner = next((one for one in reversed(around) if isinstance(one, _Function)), None)
    if inner is not None and line >= starts[inner] and line in lines:
        return {lines[line]}
    if inner is not None:
        return {lines[starts[inner]]} if starts[inner] in lines else set()
    place: ast.AST = around[-1] if around else tree
    inside = [one for one in ast.walk(place) if isinstance(one, _Function)] or [*starts]
    return {lines[starts[one]] for one in inside if starts[one] in lines}  # one may be but a docstring


def works_at_import(source: str, line: int) -> bool:
    """Return True for a line outside of the bodies of functions, or of one that the module itself calls: a test may see what it makes and reach no block."""
    tree = ast.parse(source)
    return line not in note(tree, 0) or is_called_at_import(source, line)


def is_called_at_import(source: str, line: int) -> bool:
    """Return True for a line of a function that the module itself calls: changed in a running process, it comes too late."""
    body = ast.parse(source).body
    functions = {one.name: one for one in body if isinstance(one, _Function)}
    waiting = [one for one in body if not isinstance(one, _Function | ast.ClassDef)]
    called: set[str] = set()
    while waiting:
        named = {node.func.id for node in ast.walk(waiting.pop()) if _is_call(node)} & functions.keys()
        waiting += [functions[name] for name in named - called]
        called |= named
    return any(functions[name].lineno <= line <= (functions[name].end_lineno or 0) for name in called)


def _is_call(node: ast.AST) -> TypeGuard[_NamedCall]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _walk(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Return functions and classes, the outer ones first."""
    return [one for one in ast.walk(tree) if isinstance(one, _Function | ast.ClassDef)]


def _first_line(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    after = int(_is_docstring(function.body[0])) if len(function.body) > 1 else 0
    return function.body[after].lineno


def names_at(source: str, line: int) -> set[str]:
    """Return the names by which others use what a line outside of functions makes: a constant, or a class. None of one in a function: it is called, or not."""
    tree = ast.parse(source)
    if any(one.lineno <= line <= (one.end_lineno or 0) for one in ast.walk(tree) if isinstance(one, _Function)):
        return set()
    return {
        name
        for statement in tree.body
        if statement.lineno <= line <= (statement.end_lineno or statement.lineno)
        for name in _names(statement)
    }


def _names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ClassDef):
        yield statement.name
    for target in getattr(statement, "targets", [getattr(statement, "target", None)]):
        if isinstance(target, ast.Name):
            yield target.id


def lines_with(source: str, names: set[str]) -> set[int]:
    """Return the lines of the functions of a source in which one of some names is used."""
    return {
        node.lineno
        for function in ast.walk(ast.parse(source))
        if isinstance(function, _Function)
        for node in ast.walk(function)
        if (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and node.attr in names)
    }
