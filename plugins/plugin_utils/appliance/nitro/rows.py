# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The attributes of the rows of an answer, and the one check of their types. Pure.

NITRO sends text, numbers and booleans, and arrays for what has many values; builds differ in the form of a number (12 or "12"). So each
attribute is checked for what the engine reads it as. An attribute that the engine does not read may be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...foundation.foreign_text import printable

NUMBERS = frozenset(
    """
    __count aaacursessions appfirewallvioldenyurlperprofile
    curclntconnections curtotalvpnusers entries entries6 errors errors6 filesize gotopriorityexpression hits index masterstatetime pipolicyhits
    pitboolevaltime port priority ratelimit responsestatuscode systemtime ttl undefhits
    """.split()  # noqa: SIM905 -- a table of words
)
"""The attributes that are read as numbers."""
SINGLES = NUMBERS | frozenset(
    """
    acl6action acl6name aclaction aclname action appflowaction appfw applied archivename bindpoint boundto bypasssafetycheck certkeyname charset cmdspec comment
    configchanged currentconn currentsytemtime curstate defaultprofile denyurl destip destipdataset destipop destipv6 destipv6val destipval destport destportop
    destportval
    domain dtls endrange enhancedisngeneration established expression fileaccesstime filecontent fileencoding filemodifiedtime filename format gateway
    gotopriorityexpression haprop hastatus hasync htmlpage icmpcode icmptype id interface invoke ip ipaddress ipv46 ipv6address
    kernelstate key labelname labeltype lastconfigchangedtime
    loading locationfile locationfile6 logaction logstate logtonewnslog matchwildcardtoany message name partitionname partitiontype
    pitboolerrorresult pitboolresult policy policyname profilename protocol protocolnumber reasonphrase response responder rule serverdomainname
    serverip servername servicetype srcip srcipdataset srcipop srcipv6 srcipv6val srcipval srcmac srcport srcportval state string
    stringbuilderexpr subject systemtype target textblob type undefaction userdefinedauditlog username value values version vlan vxlan
    """.split()  # noqa: SIM905 -- a table of words
)
"""The attributes that are read as one value."""
ARRAYS = frozenset(
    """
    bufferoverflowaction contenttypeaction crosssitescriptingaction denyurlaction feature fieldformataction filemode loglevel managementlog mgmtloglevel
    multipleheaderaction sqlinjectionaction starturlaction
    """.split()  # noqa: SIM905 -- a table of words
)
"""The attributes that are read as text or as an array of text."""
ARRAYS_OF: Mapping[str, frozenset[str]] = {"appfwprofile": frozenset({"type"})}
"""By NITRO type, the attributes that are arrays there, and one value in every other type."""

_SETTINGS = frozenset({"index", "priority", "ratelimit", "responsestatuscode", "ttl"})
"""The numbers of the configuration: whole ones from 0 on, and nothing else. A counter may be missing or text."""
_WORDS_OF_BOOLEANS = frozenset({"", "TRUE", "FALSE", "YES", "NO", "ON", "OFF", "ENABLED", "DISABLED"})

_DIGITS = 20  # of a number of 64 bits
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_PARTICULAR = _SETTINGS | {"invoke"}


def whole(value: object) -> int | None:
    """Return a value as a whole number, from a number or from digits; None where it is none."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    text = value if isinstance(value, str) else ""
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= _DIGITS else None


def wrong_type(rows: Iterable[Mapping[str, Any]], type_: str = "") -> str:
    """Return the first attribute of some rows whose type is not one of NITRO, as a clause; "" where there is none.

    :param type_: the NITRO type of the rows
    """
    arrays = ARRAYS | ARRAYS_OF[type_] if type_ in ARRAYS_OF else ARRAYS
    for row in rows:
        for name, value in row.items():
            # Nearly all values are short text, which is wrong only in few attributes.
            if value.__class__ is str and len(value) <= _DIGITS and name not in _PARTICULAR:
                continue
            if problem := _problem(name.lower(), value, arrays):
                return f"the attribute {printable(name[:40])} is {problem}"
    return ""


def _problem(name: str, value: Any, arrays: frozenset[str]) -> str:
    """Return what is wrong with the value of an attribute, in words; "" where nothing is."""
    if name in _SETTINGS and not isinstance(value, list | dict) and value is not None and value != "":
        number = whole(value)
        return "" if number is not None and 0 <= number <= _LARGEST else "no number, or one that is too large"
    if name == "invoke" and isinstance(value, str | int | float) and not isinstance(value, bool):
        return "" if str(value).upper() in _WORDS_OF_BOOLEANS else "neither true nor false"
    if isinstance(value, str):
        return "a number that is too large" if name in NUMBERS and value.isdecimal() else ""
    if isinstance(value, int):
        return "" if _SMALLEST <= value <= _LARGEST else "a number that is too large"
    if isinstance(value, list) and name in arrays:
        return "" if all(isinstance(item, str) for item in value) else "an array of other things than text"
    if isinstance(value, list | dict) and name in SINGLES | ARRAYS:
        return "an array" if isinstance(value, list) else "an object"
    return ""
