# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The open points of the policy language: the appliance evaluates expressions on requests that it is given.

``policyevaluation`` is a GET that changes nothing, and needs no object (NITRO reference, policyevaluation). Each pair of expression and request gives
another result for each reading of its point.
"""

from __future__ import annotations

from collections.abc import Mapping

from .experiment import Experiment, Question, Reading, Request, Risk, Sign, Value
from .observations import by, evaluation, sign

TRUE, FALSE, UNDEFINED, REFUSED = "TRUE", "FALSE", "undefined", "refused"
_FIELD = 'HTTP.REQ.HEADER("X-P")'
_BAD_BASE64 = f'{_FIELD}.B64DECODE.EQ("x")'
"""Undefined for a header that is no Base64 (policy guide 9.2, p. 106)."""


def request_text(*headers: str, url: str = "/a", host: str = "h.example") -> str:
    """Return the text of a request."""
    return "\r\n".join([f"GET {url} HTTP/1.1", f"Host: {host}", *headers, "", ""])


def evaluate(label: str, expression: str, text: str) -> Request:
    """Return the request that has the appliance evaluate an expression."""
    return Request(label, "GET", "policyevaluation", args={"expression": expression, "type": "HTTP_REQ", "input": text})


CONTROL = "control"


def _control(text: str) -> tuple[Request, Sign]:
    """Return an evaluation that is TRUE if the appliance reads the request at all, and the sign of it."""
    request = evaluate(CONTROL, 'HTTP.REQ.METHOD.EQ(GET) && HTTP.REQ.HEADER("Host").EXISTS', text)
    return request, sign(CONTROL, evaluation, TRUE)


def evaluated(fact: str, request: Request, positions: Mapping[Value, Value], *more: Sign) -> Question:
    """Return a question that the result of one evaluation answers, together with further signs."""
    return Question(
        fact,
        tuple(
            Reading(position, (*more, sign(request.label, evaluation, result)))
            for result, position in positions.items()
        ),
    )


def _language(point: str, expression: str, text: str, positions: Mapping[Value, Value]) -> Experiment:
    fact = f"language_{point}"
    control, reads_it = _control(text)
    request = evaluate("expression", expression, text)
    return Experiment(fact, Risk.READ, (control, request), (evaluated(fact, request, positions, reads_it),))


def _either(point: str, expression: str, text: str, if_true: Value, if_false: Value) -> Experiment:
    return _language(point, expression, text, {TRUE: if_true, FALSE: if_false})


_UNDEF_IN_LOGIC = Experiment(
    "language_undef_in_logic",
    Risk.READ,
    (
        _control(request_text("X-P: !"))[0],
        evaluate("FALSE && undefined", f"HTTP.REQ.IS_VALID.NOT && {_BAD_BASE64}", request_text("X-P: !")),
        evaluate("undefined && FALSE", f"{_BAD_BASE64} && HTTP.REQ.IS_VALID.NOT", request_text("X-P: !")),
    ),
    (
        Question(
            "language_undef_in_logic",
            tuple(
                Reading(
                    position,
                    (
                        sign(CONTROL, evaluation, TRUE),
                        sign("FALSE && undefined", evaluation, left),
                        sign("undefined && FALSE", evaluation, right),
                    ),
                )
                for position, left, right in (
                    ("short_circuit", FALSE, UNDEFINED),
                    ("three_valued", FALSE, FALSE),
                    ("always_undef", UNDEFINED, UNDEFINED),
                )
            ),
        ),
    ),
)

_TWO_VALUES = request_text("X-P: first", "X-P: last")
EXPERIMENTS = (
    _either(
        "url_text",
        'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/")',
        request_text(url="/%76pns/"),
        "urlencoded",
        "bytes",
    ),
    _either(
        "other_text",
        f'{_FIELD}.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/")',
        request_text("X-P: /%76pns/"),
        "urlencoded",
        "bytes",
    ),
    _either(
        "plain_operator",
        'HTTP.REQ.URL.SET_TEXT_MODE(URLENCODED).CONTAINS("/vpns/")',
        request_text(url="/%76pns/"),
        "sees_decoded",
        "sees_bytes",
    ),
    _either(
        "absolute_url",
        'HTTP.REQ.URL.STARTSWITH("http")',
        request_text(url="http://h.example/a"),
        "as_received",
        "path_and_query",
    ),
    _UNDEF_IN_LOGIC,
    _either("hostname_case", 'HTTP.REQ.HOSTNAME.CONTAINS("EXAMPLE")', request_text(), "insensitive", "sensitive"),
    _either(
        "hostname_operators",
        'HTTP.REQ.HOSTNAME.NE("h.example")',
        request_text(host="h.example:8080"),
        "as_text",
        "as_eq",
    ),
    _either("header_comparison", f'{_FIELD}.EQ("first")', _TWO_VALUES, "any_instance", "last_instance"),
    _either(
        "header_conversion", f'{_FIELD}.TO_UPPER.CONTAINS("FIRST")', _TWO_VALUES, "every_instance", "last_instance"
    ),
    _either("missing_header", f'{_FIELD}.EQ("")', request_text(), "empty_text", "no_match"),
    _either("header_value", f'{_FIELD}.VALUE(1).EQ("first")', _TWO_VALUES, "bare", "with_crlf"),
    _language("list_end", 'HTTP.REQ.URL.PATH.GET(9).EQ("")', request_text(), {TRUE: "empty_text", UNDEFINED: "undef"}),
    _either(
        "name_blanks",
        f"{_FIELD}.TYPECAST_NVLIST_T('=',';').VALUE(\"b\").EQ(\"2\")",
        request_text("X-P: a=1; b=2"),
        "stripped",
        "kept",
    ),
    _either("safe_hex_case", f'{_FIELD}.HTTP_URL_SAFE.EQ("%3c")', request_text("X-P: <"), "lower", "upper"),
    _either("safe_percent", f'{_FIELD}.HTTP_URL_SAFE.EQ("%")', request_text("X-P: %"), "stays", "encoded"),
    _either("safe_ampersand", f'{_FIELD}.HTTP_URL_SAFE.EQ("&")', request_text("X-P: &"), "stays", "encoded"),
    _language(
        "no_user",
        'HTTP.REQ.USER.NAME.EQ("")',
        request_text(),
        {TRUE: "empty_text", UNDEFINED: "undef"},
    ),
    Experiment(
        "evaluation_without_connection",
        Risk.READ,
        (evaluate("expression", "CLIENT.IP.SRC.EQ(192.0.2.1)", request_text()),),
        (
            by(
                "evaluation_without_connection",
                "expression",
                evaluation,
                {UNDEFINED: "undefined", REFUSED: "error"},
            ),
        ),
    ),
)
