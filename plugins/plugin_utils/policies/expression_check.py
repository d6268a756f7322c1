# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check the expressions of a document before anything is sent: what the appliance would refuse, with a hint. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..appliance.objects.resource_types import GOTO_WORDS, POLICY_TYPES, TYPES, Attributes, ObjectId
from ..policy_language import ExpressionError, UnknownName, UnsupportedExpression, compile_expression
from .policy_bank import names_of

BOOL, TEXT, NUMBER, ANY = "condition", "text", "number", "value"
_FITS = {BOOL: ("bool",), TEXT: ("text", "num", "double"), NUMBER: ("num",), ANY: ("bool", "num", "double", "text")}
_KINDS = {"bool": "a condition", "num": "a number", "double": "a number", "text": "text"}
TEXT_TARGETS = ("respondwith", "redirect")


@dataclass(frozen=True)
class ExpressionCheck:
    """The result of the check.

    :ivar errors: what the appliance would refuse, in words
    :ivar unknown: errors about a name that the document does not define but the appliance may, each with the name
    :ivar warnings: an expression that is too long for older releases, or that mixes && and ||
    """

    errors: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()


def check_expressions(
    document: Mapping[ObjectId, Attributes], present: Mapping[ObjectId, Attributes]
) -> ExpressionCheck:
    """Check every expression of a document.

    :param present: the objects that were read, to which rules can refer as well
    """
    names = names_of({**present, **document})
    errors, unknown, warnings = [], [], []
    for where, text, wanted in _expressions(document):
        try:
            expression = compile_expression(text, names)
        except UnsupportedExpression:
            continue  # it may be right; that it was not evaluated is reported elsewhere
        except UnknownName as error:
            unknown.append((f"{where}: {_place(error)}", error.name))
            continue
        except ExpressionError as error:
            errors.append(f"{where}: {_place(error)}")
            continue
        if expression.kind not in _FITS[wanted]:
            errors.append(f"{where}: must be a {wanted}, and is {_KINDS[expression.kind]}")
        warnings += [f"{where}: {warning}" for warning in expression.warnings]
    return ExpressionCheck(tuple(errors), tuple(unknown), tuple(warnings))


def _expressions(document: Mapping[ObjectId, Attributes]) -> Iterator[tuple[str, str, str]]:
    """Yield each expression with its place in words, and the kind of value that it must have."""
    for (type_name, key), attributes in document.items():
        where = " ".join([TYPES[type_name].noun, *key[:1]])
        for attribute, wanted in _attributes(type_name, attributes):
            if attribute in attributes:
                yield f"{where}, {attribute}", str(attributes[attribute]), wanted


def _attributes(type_name: str, attributes: Attributes) -> Iterator[tuple[str, str]]:
    if type_name in POLICY_TYPES:
        yield "rule", BOOL
    elif type_name == "responderaction":
        if attributes.get("type") in TEXT_TARGETS:
            yield "target", TEXT
        yield "reasonphrase", TEXT
    elif type_name == "auditmessageaction":
        yield "stringbuilderexpr", TEXT
    elif type_name == "policyexpression":
        yield "value", ANY
    elif TYPES[type_name].policy_attribute:
        goto = str(attributes.get("gotopriorityexpression", "END"))
        if goto.upper() not in GOTO_WORDS and not goto.isdecimal():
            yield "gotopriorityexpression", NUMBER


def _place(error: ExpressionError) -> str:
    return error.message + ("" if error.column is None else f" (column {error.column})")
