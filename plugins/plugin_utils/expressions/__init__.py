# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NetScaler advanced policy expressions: parse, check and evaluate them without an appliance.

Everything that this package exports is pure: no Ansible, no network, no clock. What it knows of the language is what
the vendor states publicly; each module names its sources. Where these leave a choice, see `readings`.
"""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.errors import (
    ExpressionError,
    UnknownName,
    UnsupportedExpression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.expression import (
    Expression,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.names import Dataset, Names
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.open_semantics import (
    LIKELIEST,
    Ambiguity,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.request import (
    Request,
    http_request_text,
    parse_http_request,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.results import (
    UNDEF,
    UNDETERMINED,
    Undefined,
    Value,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.substitution import substitute

__all__ = [
    "LIKELIEST",
    "UNDEF",
    "UNDETERMINED",
    "Ambiguity",
    "Dataset",
    "Expression",
    "ExpressionError",
    "Names",
    "Request",
    "Undefined",
    "UnknownName",
    "UnsupportedExpression",
    "Value",
    "compile_expression",
    "http_request_text",
    "parse_http_request",
    "substitute",
]
