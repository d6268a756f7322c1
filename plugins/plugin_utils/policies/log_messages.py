# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does the message of a log action hold text of the client that is not encoded? Pure.

CVE-2026-88771: a maintenance script of the appliance gave part of a log line to a shell where the line held certain phrases. So whoever writes into a log
writes commands. A message of ours may hold what a client sends only behind HTTP_URL_SAFE, which leaves no blank, double quote, backtick or control character,
and so no phrase; dollar and parentheses stay. The method is one word of the request line and cannot hold a phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from ..appliance.objects.resource_types import Attributes, ObjectId
from ..policy_language import ExpressionError, Request, Response, compile_expression
from ..policy_language.names import Names
from .policy_bank import names_of

LOG_ACTION = "auditmessageaction"
HOSTILE = 'pitboss PPE unexpectedly died "$(id)" `id`; <x>|\x1b[2J\x7f\r\nmissed too many heartbeats'
"""What a client could send in any place: the phrases of CVE-2026-88771, shell syntax, quotes, and control characters."""
TRACES = (" PPE", "PPE ", "pitboss ", " died", "too many", 'died"', "`", "<x>", "|", *map(chr, range(32)), "\x7f")
"""The parts of it that an encoded text does not have."""
_PLACES = ("$", "/$", "/a.$", "/a?$", "http://$/$", "/vpns/$?$#$")
_NAMES = ("User-Agent", "Host", "Cookie", "Referer", "Authorization", "Content-Type", "X-Forwarded-For")
_LITERAL = re.compile(r'"([A-Za-z0-9_.-]{1,64})"')


def problems_of_messages(objects: Mapping[ObjectId, Attributes]) -> Iterator[str]:
    """Yield what is wrong with the messages of log actions, in words.

    :param objects: a desired state; names that its expressions use are in it
    """
    names = names_of(objects)
    for (type_name, key), attributes in objects.items():
        if type_name != LOG_ACTION:
            continue
        if str(attributes.get("bypasssafetycheck", "NO")).upper() != "NO":
            yield f"log action {key[0]}: bypasssafetycheck must be NO"
        if reason := unencoded(str(attributes.get("stringbuilderexpr", "")), names):
            yield f"log action {key[0]}: {reason}"


def unencoded(message: str, names: Names) -> str:
    """Return why a message may hold text of the client that is not encoded; "" where it holds none.

    A message that cannot be evaluated counts as one that does: nobody can say what it writes.
    """
    try:
        expression = compile_expression(message, names)
        own = [str(value) for value in expression.possible(Request(url="/a", headers=(("Host", "a"),)))]
        if any(ord(character) < 32 or character == "\x7f" for text in own for character in text):
            return "its own words hold a control character"
        foreign = [trace for trace in TRACES if not any(trace in text for text in own)]
        for request in _hostile_requests(tuple(dict.fromkeys([*_NAMES, *_LITERAL.findall(message)]))):
            for value in expression.possible(request):
                if any(trace in str(value) for trace in foreign):
                    return "it writes text of the client that is not encoded (CVE-2026-88771). End each such part with .HTTP_URL_SAFE"
    except ExpressionError as error:
        return f"what it writes cannot be evaluated ({error})"
    return ""


def _hostile_requests(subjects: Sequence[str]) -> Iterator[Request]:
    """Yield requests that hold the text in every place that a client writes.

    :param subjects: the names of headers, parameters and cookies that the message may ask for
    """
    encoded = "".join(f"%{ord(character):02x}" for character in HOSTILE)
    for place, text in product(_PLACES, (HOSTILE, encoded)):
        values = "&".join(f"{name}={text}" for name in subjects)
        headers = tuple((name, HOSTILE) for name in subjects if name != "Cookie")
        yield Request(
            url=f"{place.replace('$', text)}?{values}",
            headers=(*headers, ("Cookie", values.replace("&", "; "))),
            body=values,
            user=HOSTILE,
            groups=(HOSTILE,),
            is_sslvpn=True,
            response=Response(headers=headers, body=HOSTILE),
        )
