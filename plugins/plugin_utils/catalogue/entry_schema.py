# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The schema of an entry of the catalogue, version 1: one table, from which the published JSON Schema is made.

docs/reference/entry.md describes the fields with a worked example.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..appliance.objects.resource_types import TYPES, settings_of
from ..appliance.objects.user_sessions import SESSION_KINDS
from .desired_state import FEATURES
from .priorities import HIGHEST_PRIORITY
from .shapes import (
    Choice,
    Day,
    Decimal,
    Fields,
    Flag,
    JsonSchema,
    ListOf,
    MapOf,
    OneOf,
    OneOrMore,
    PlainOr,
    Reference,
    Shape,
    Text,
    Whole,
)
from .trains import STATES, TRAIN

VERSION = 1

_SETTINGS = {"vpnvserver": settings_of("vpnvserver"), "nstcpparam": "nstcpparam"}
_BY_HAND: dict[str, frozenset[str]] = {"nshttpprofile": frozenset({"http2smallwndtimeout"})}
"""Likewise what no run of ours sets: an entry may say that a person sets it after the fix, and no measure has it (:mod:`..measures.setting`)."""
SETTABLE: Mapping[str, frozenset[str]] = {
    name: frozenset(TYPES[row].attributes) - frozenset(TYPES[row].key) for name, row in _SETTINGS.items()
} | _BY_HAND
"""By NITRO type, the attributes that an entry may set on an appliance outside a template. A type that is not here is refused."""
KILLABLE = tuple(kind.type for kind in SESSION_KINDS.values() if kind.action == "kill")
"""The NITRO types of sessions that an entry may end."""
CLEARABLE = tuple(kind.type for kind in SESSION_KINDS.values() if kind.action == "clear")
"""The NITRO types that an entry may clear."""

_NAME = Text(63, "[a-z][a-z0-9_]*", "a name of small letters, digits and underscores is expected")
_TYPE = Text(
    63,
    "[a-z][a-z0-9_]*",
    "a type or an attribute of NITRO is expected, in small letters without blanks: authenticationsamlidpprofile",
)
_TRAIN = Text(24, TRAIN, 'a train is expected, in quotes: "13.1", "13.1-FIPS" or "13.1-FIPS/NDcPP"')
_BUILD = Text(11, r"[0-9]{1,5}\.[0-9]{1,5}", 'the number of a build is expected, in quotes: "47.20"')
_BRANCH = Text(7, r"[0-9]{1,3}\.[0-9]{1,3}", 'a branch is expected, in quotes: "12.1"')
_LINE = Text(300)
_SENTENCES = Text(600)
_VALUE = Text(128, form='a value is expected, as a text; quote what YAML reads otherwise, such as "OFF"')
_ADDRESS = Text(200, "https://[A-Za-z0-9._~:/?#@!$&+,;=%-]+", "an address that begins with https:// is expected")
_PATHS = ListOf(Text(200, "/.*", "an absolute path on the appliance is expected"))
_PATTERNS = ListOf(Text(400), most=100)

SHAPES: dict[str, Shape] = {}
"""The named shapes: those that contain themselves, or are used at several places."""


def _named(name: str, shape: Shape) -> Reference:
    SHAPES[name] = shape
    return Reference(name, SHAPES)


def _optional(fields: Mapping[str, Shape], *mandatory: str, about: str = "") -> Fields:
    return Fields(fields, frozenset(set(fields) - set(mandatory)), about)


CONDITION = _named(
    "condition",
    PlainOr(
        OneOrMore(_VALUE),
        OneOf(
            {
                "is": Fields({"is": OneOrMore(_VALUE), "default": _VALUE}),
                "not": Fields({"not": OneOrMore(_VALUE)}),
                "contains": Fields({"contains": _VALUE}),
                "set": Fields({"set": Flag()}),
                "family": Fields({"family": Choice(("ipv6",))}),
            }
        ),
    ),
)
_WHERE = MapOf(_TYPE, CONDITION, most=10)
_PREDICATE = Reference("predicate", SHAPES)
PREDICATE = _named(
    "predicate",
    OneOf(
        {
            "any": Fields({"any": ListOf(_PREDICATE, most=30)}),
            "all": Fields({"all": ListOf(_PREDICATE, most=30)}),
            "not": Fields({"not": _PREDICATE}),
            "always": Fields({"always": _LINE}),
            "type": _optional({"type": OneOrMore(_TYPE), "where": _WHERE}, "type"),
            "setting": Fields({"setting": _TYPE, "where": _WHERE}),
        }
    ),
)
BUILDS = _named("builds", MapOf(_TRAIN, _optional({"from": _BUILD, "below": _BUILD})))

_TRAIN_FACTS = PlainOr(
    Choice(tuple(STATES)), _optional({"fixed": _BUILD, "affected_from": _BUILD, "released": Day()}, "fixed")
)
_SOURCE = _optional(
    {
        "name": _LINE,
        "kind": Choice(("vendor", "secondary", "community")),
        "read": Day(month=True),
        "url": _ADDRESS,
        "licence": Text(60),
    },
    *("name", "kind", "read"),
    about="A document, and the day on which it was read. The licence counts for what is taken of it.",
)
_CONFLICT = Fields(
    {"about": _LINE, "readings": MapOf(_NAME, _LINE, least=2), "used": _LINE},
    about="Sources that disagree: what each of them says, and the safer reading, which is used.",
)
_EXPLOIT = _optional(
    {
        "public": Day(),
        "exploited_since": Day(month=True),
        "kev": Day(),
        "kev_due": Day(),
        "by": _optional({"public": _NAME, "exploited_since": _NAME, "kev": _NAME}),
    },
    about="The days of the first public exploit, of the first known use (or its month, of which the first day counts), and of CISA's list; and by "
    "day the source that says it.",
)
_PAGE = Fields(
    dict.fromkeys(("what", "whom", "helps", "does_not_help", "after_the_fix"), _SENTENCES),
    about="Five plain sentences for an administrator who has two minutes.",
)
_CASE = _optional({"builds": BUILDS, "when": PREDICATE}, "when")

# -- measures ----------------------------------------------------------------------------------------------------------

_SETTING = _optional(
    {
        "type": Choice(tuple(SETTABLE)),
        "attributes": MapOf(_TYPE, _VALUE, most=5),
        "where": _WHERE,
        "per_partition": Flag(),
        "needed_on_fixed_builds": Flag(),
    },
    *("type", "attributes"),
    about="Attributes that are set on each object of a type which meets the conditions.",
)
_SUPPLIED = Fields(
    {
        "type": Choice(("responderpolicy",)),
        "bind_points": ListOf(Choice(("REQUEST", "AAA_REQUEST"))),
        "at": ListOf(Choice(("vpnvserver", "authenticationvserver"))),
        "recognised_by": ListOf(_VALUE),
    },
    about="A policy whose expression the vendor hands out himself. What is checked is that it is bound at each bind point.",
)
_VERSION = _optional(
    {"summary": _LINE, "advised": Day(), "supersedes": Whole(1, 999), "bind_points": ListOf(_LINE), "reboot": _LINE},
    *("summary", "advised"),
)
_WEAKNESS = _optional(
    {"since": Day(), "reference": _LINE, "reason": _LINE, "fixed": MapOf(_TRAIN, _BUILD)},
    *("since", "reference", "reason"),
    about="A later finding by which the measure can be bypassed, except on the builds that fix it.",
)
_INEFFECTIVE = _optional({"works_on": ListOf(_BUILD), "works_from": _BUILD, "reason": _LINE}, *("works_from", "reason"))
_MEASURE = _optional(
    {
        "form": Choice(("template", "setting", "supplied")),
        "current_version": Whole(1, 999),
        "versions": MapOf(Whole(1, 999), _VERSION),
        "priority": Whole(1, HIGHEST_PRIORITY),
        "setting": _SETTING,
        "supplied": _SUPPLIED,
        "ineffective": PlainOr(Choice(("responder_at_gateways",)), MapOf(_BRANCH, _INEFFECTIVE)),
        "weaknesses": ListOf(_WEAKNESS),
        "answers": _optional({"vulnerable": ListOf(_LINE), "infected": ListOf(_LINE)}),
        "start_up_line": _LINE,
        "features": ListOf(Choice(tuple(sorted(FEATURES))), least=0),
        "stop_gap": Fields(
            {"source": _NAME},
            about="The rule is not the vendor's: the source that published the requests which it stops. It ends no exposure.",
        ),
    },
    *("form", "current_version", "versions"),
)

# -- after the fix -----------------------------------------------------------------------------------------------------

_WHEN = Choice(("all_nodes_fixed",))
_ACTION = OneOf(
    {
        "kill": Fields({"kill": ListOf(Choice(KILLABLE)), "when": _WHEN, "source": _NAME}),
        "clear": Fields({"clear": ListOf(Choice(CLEARABLE)), "when": _WHEN, "source": _NAME}),
        "set": Fields({"set": _SETTING, "source": _NAME}),
        "do": Fields({"do": _LINE, "source": _NAME}, about="What a person does."),
    }
)
_BREAKS = _optional(
    {"what": _LINE, "when": PREDICATE, "instead": _LINE, "source": _NAME}, *("what", "instead", "source")
)
_RECOMMENDED = Fields({"build": _BUILD, "because": _LINE, "source": _NAME})
_VENDOR_LIST = Fields({"builds": BUILDS, "version": Whole(1, 9999), "source": _NAME}, optional=frozenset({"version"}))

# -- indicators --------------------------------------------------------------------------------------------------------

_COMMON: Mapping[str, Shape] = {
    "level": Choice(("compromise", "attempt", "review")),
    "seen_by": ListOf(Choice(("nitro", "ssh", "outside"))),
    "source": _NAME,
}
INDICATORS: dict[str, Mapping[str, Shape]] = {
    "files": {"files": _PATHS},
    "content": {"content": _PATTERNS, "in": _PATHS},
    "permissions": {"permissions": _LINE, "in": _PATHS},
    "cron": {"cron": _PATTERNS},
    "processes": {"processes": _PATTERNS},
    "ports": {"ports": ListOf(Text(20, "(tcp|udp)/[0-9]{1,5}(-[0-9]{1,5})?", "a port is expected, as udp/18634"))},
    "log": {"log": _PATTERNS, "in": _PATHS},
    "configuration": {"configuration": PREDICATE},
}
_OPTIONAL: Mapping[str, Shape] = {"match": Choice(("literal", "regex")), "about": _LINE, "except": _PATHS}
_INDICATOR = OneOf(
    {name: Fields({**fields, **_COMMON, **_OPTIONAL}, frozenset(_OPTIONAL)) for name, fields in INDICATORS.items()}
)
RETIRE = (
    "fixed_on_all_nodes",
    "probes_negative_while_observing",
    "not_needed_by_another_entry",
    "node_local_lines_gone",
)

ENTRY = _optional(
    {
        "schema": Choice((VERSION,)),
        "id": _NAME,
        "revision": Whole(1, 999),
        "title": Text(120),
        "identifiers": ListOf(Text(20, "CVE-[0-9]{4}-[0-9]{4,7}", "a CVE is expected: CVE-2020-1234"), most=20),
        "severity": _optional(
            {"level": Choice(("critical", "high", "medium", "low", "unknown")), "cvss": Decimal(0, 10)}, "level"
        ),
        "bulletin": Fields({"id": Text(60), "published": Day(month=True)}),
        "surface": Choice(("gateway", "management", "virtual_servers", "back_ends")),
        "sources": MapOf(_NAME, _SOURCE),
        "conflicts": ListOf(_CONFLICT),
        "unknown": ListOf(_LINE),
        "trains": MapOf(_TRAIN, _TRAIN_FACTS),
        "preconditions": ListOf(_CASE),
        "exploit": _EXPLOIT,
        "page": _PAGE,
        "measure": _MEASURE,
        "after_the_fix": ListOf(_ACTION),
        "recommended": MapOf(_TRAIN, _RECOMMENDED),
        "vendor_list": _VENDOR_LIST,
        "upgrade_breaks": ListOf(_BREAKS),
        "indicators": ListOf(_INDICATOR, most=100),
        "retire": ListOf(Choice(RETIRE)),
    },
    *(
        "schema",
        "id",
        "revision",
        "title",
        "identifiers",
        "severity",
        "bulletin",
        "surface",
        "sources",
        "preconditions",
        "page",
    ),
    about="An entry of the catalogue of Tourniquet. docs/reference/entry.md describes it.",
)


def json_schema() -> JsonSchema:
    """Return the published schema of an entry, as JSON Schema 2020-12."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Entry of the catalogue of Tourniquet, version {VERSION}",
    }
    return head | ENTRY.json_schema() | {"$defs": {name: shape.json_schema() for name, shape in SHAPES.items()}}
