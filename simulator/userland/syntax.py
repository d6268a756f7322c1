# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The language of sh as far as the simulator knows it: a text becomes a tree of commands (POSIX.1-2017, shell command language).

Not known, and refused as a syntax error: functions, case, here-documents, arithmetic, process substitution.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from simulator.userland.limits import LONGEST_SCRIPT

_LONGEST_NAME = 1000  # of what stands in braces after a dollar
# One word with its quotes and substitutions. Possessive: a text without its closing quote is refused in linear time.
_NESTED = r"""(?:[^()'"]|'[^']*+'|"(?:[^"\\]|\\.)*+"|\((?:[^()]|\([^()]*+\))*+\))*+"""
_SUBSTITUTION = rf"(?:\$\({_NESTED}\)|`[^`]*+`|\$\{{[^}}]{{0,{_LONGEST_NAME}}}+\}})"
_QUOTED = rf"""(?:\\(?:.|\n)|'[^']*+'|"(?:[^"\\$`]|\\(?:.|\n)|{_SUBSTITUTION}|\$(?!\())*+"|{_SUBSTITUTION}|\$(?!\())"""
WORD = rf"""(?>[^\s;&|<>()'"\\$`#]|{_QUOTED})(?>[^\s;&|<>()'"\\$`]|{_QUOTED})*+"""

_GRAMMAR = rf"""
start: commands
commands: _body | SEPARATOR _body | _body SEPARATOR | SEPARATOR _body SEPARATOR
closed: _body SEPARATOR | SEPARATOR _body SEPARATOR
_body: and_or | _body SEPARATOR and_or
and_or: pipeline (LOGICAL pipeline)*
pipeline: command (PIPE command)* | BANG command (PIPE command)*
?command: simple | compound
compound: block redirection*
?block: group | subshell | loop | condition | repetition
group: "{{" closed "}}"
subshell: "(" commands ")"
loop: "for" WORD SEPARATOR? "in" WORD* SEPARATOR "do" closed "done"
condition: "if" closed "then" closed otherwise? "fi"
otherwise: "else" closed -> alternative
    | "elif" closed "then" closed otherwise? -> condition
repetition: "while" closed "do" closed "done"
    | "until" closed "do" closed "done" -> until
simple: prefix+ | prefix* WORD (WORD | redirection)*
?prefix: ASSIGNMENT | redirection
redirection: REDIRECT WORD

BANG: "!"
LOGICAL.4: /(&&|\|\|)[ \t\n]*/
PIPE.3: /\|(?!\|)[ \t\n]*/
SEPARATOR.3: /(?:;(?!;)|&(?![&>])|\n)(?:[ \t\n]|#[^\n]*)*/
REDIRECT.5: /[0-9]?(?:>>|>&|<&|>\||>|<(?![<(&]))|&>/
ASSIGNMENT.2: /[A-Za-z_][A-Za-z0-9_]*=(?:{WORD.replace("/", "[/]")})?/
WORD: /{WORD.replace("/", "[/]")}/
%ignore /(?:[ \t]|\\\n)+(?:#[^\n]*)?/
"""


class ShellSyntaxError(ValueError):
    """The text is not in the known language; the message is that of sh."""


@dataclass(frozen=True)
class Redirection:
    operator: str
    descriptor: int
    target: str


@dataclass(frozen=True)
class Simple:
    """A command with its words, as they are written."""

    words: tuple[str, ...]
    assignments: tuple[str, ...] = ()
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Sequence:
    """Commands one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class AndOr:
    """Pipelines, and between them && or ||."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Pipeline:
    commands: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True)
class Group:
    """Commands in braces, or in parentheses: then variables and the directory are restored afterwards."""

    content: Node
    own_state: bool = False


@dataclass(frozen=True)
class For:
    name: str
    words: tuple[str, ...]
    content: Node


@dataclass(frozen=True)
class If:
    condition: Node
    content: Node
    otherwise: Node | None = None


@dataclass(frozen=True)
class While:
    condition: Node
    content: Node
    until: bool = False


@dataclass(frozen=True)
class Redirected:
    content: Node
    redirections: tuple[Redirection, ...]


Node = Simple | Sequence | AndOr | Pipeline | Group | For | If | While | Redirected


@v_args(inline=True)
class _Maker(Transformer[Token, Any]):
    """Makes the tree of commands of lark's tree."""

    def start(self, content: Node) -> Node:
        return content

    def commands(self, *parts: Any) -> Node:
        return Sequence(tuple(part for part in parts if not isinstance(part, Token)))

    def closed(self, *parts: Any) -> Node:
        return self.commands(*parts)

    def and_or(self, first: Node, *rest: Any) -> Node:
        pairs = tuple((str(rest[place]).strip(), rest[place + 1]) for place in range(0, len(rest), 2))
        return AndOr(first, pairs) if pairs else first

    def pipeline(self, *parts: Any) -> Node:
        commands = tuple(part for part in parts if not isinstance(part, Token))
        negated = isinstance(parts[0], Token) and parts[0].type == "BANG"
        return commands[0] if len(commands) == 1 and not negated else Pipeline(commands, negated)

    def compound(self, content: Node, *redirections: Redirection) -> Node:
        return Redirected(content, redirections) if redirections else content

    def group(self, content: Node) -> Node:
        return Group(content)

    def subshell(self, content: Node) -> Node:
        return Group(content, own_state=True)

    def loop(self, name: Token, *parts: Any) -> Node:
        words = tuple(str(part) for part in parts if isinstance(part, Token) and part.type == "WORD")
        return For(str(name), words, parts[-1])

    def condition(self, condition: Node, content: Node, otherwise: Node | None = None) -> Node:
        return If(condition, content, otherwise)

    def alternative(self, content: Node) -> Node:
        return content

    def repetition(self, condition: Node, content: Node) -> Node:
        return While(condition, content)

    def until(self, condition: Node, content: Node) -> Node:
        return While(condition, content, until=True)

    def simple(self, *parts: Any) -> Node:
        tokens = [part for part in parts if isinstance(part, Token)]
        return Simple(
            tuple(str(token) for token in tokens if token.type == "WORD"),
            tuple(str(token) for token in tokens if token.type == "ASSIGNMENT"),
            tuple(part for part in parts if isinstance(part, Redirection)),
        )

    def redirection(self, operator: Token, target: Token) -> Redirection:
        written = str(operator)
        digit = written[0] if written[0].isdigit() else ""
        bare = written.removeprefix(digit)
        return Redirection(bare, int(digit) if digit else 0 if bare == "<" else 1, str(target))


@lru_cache(maxsize=1)
def _parser() -> Callable[[str], Any]:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False).parse


_REMEMBERED = 2048  # the longest script whose tree is kept
_NOTHING = re.compile(r"(?:\s|\\\n|#[^\n]*(?:\n|$))*")


def parse(text: str) -> Node | None:
    """Return the tree of a script, None if it has no command. Raises ShellSyntaxError."""
    return _known(text) if len(text) <= _REMEMBERED else _parsed(text)


def _parsed(text: str) -> Node | None:
    if len(text) > LONGEST_SCRIPT:
        raise ShellSyntaxError("Word too long")
    skipped = _NOTHING.match(text)
    rest = text[skipped.end() if skipped else 0 :]
    if not rest:
        return None
    try:
        made: Node = _Maker().transform(_parser()(rest))
    except UnexpectedInput as problem:
        token = getattr(problem, "token", None)
        if token is not None and token.type == "$END":
            raise ShellSyntaxError("Syntax error: end of file unexpected") from None
        shown = str(token).strip() or "newline" if token is not None else rest[problem.pos_in_stream or 0 :][:1]
        if shown in "'\"" and shown:
            raise ShellSyntaxError("Syntax error: Unterminated quoted string") from None
        raise ShellSyntaxError(f'Syntax error: "{shown}" unexpected') from None
    except RecursionError:
        raise ShellSyntaxError("Syntax error: too deep") from None
    return made


_known = lru_cache(maxsize=256)(_parsed)
