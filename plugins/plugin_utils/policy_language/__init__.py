# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse, check and evaluate NetScaler advanced policy expressions without an appliance.

Answers: what does an expression, or a bank of policies, make of a request?

In: the text of an expression, the named entities of an appliance (``Names``), a ``Request``.
Out: TRUE, FALSE, UNDEF or a value; UNDETERMINED where the vendor's documents leave more than one result; an error where the
appliance would refuse the expression.

It must not know NITRO, the network, the clock or Ansible. Each module names the public
sources of what it knows; ``open_semantics`` lists the ambiguities of these sources.
"""

from .classic import NAMED as CLASSIC_NAMES
from .errors import ExpressionError, UnknownName, UnsupportedExpression
from .expression import Expression, compile_expression, compile_node
from .names import Dataset, Names
from .open_semantics import LIKELIEST, Ambiguity
from .request import Request, Response, http_request_text, parse_http_request
from .results import UNDEF, UNDETERMINED, Undefined, Value
from .substitution import substitute

__all__ = [
    "CLASSIC_NAMES",
    "LIKELIEST",
    "UNDEF",
    "UNDETERMINED",
    "Ambiguity",
    "Dataset",
    "Expression",
    "ExpressionError",
    "Names",
    "Request",
    "Response",
    "Undefined",
    "UnknownName",
    "UnsupportedExpression",
    "Value",
    "compile_expression",
    "compile_node",
    "http_request_text",
    "parse_http_request",
    "substitute",
]
