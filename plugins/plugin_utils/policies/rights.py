# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The right to send one command, and the groups of rights that several verbs need. Pure.

A command policy is a regular expression over the command-line form of a request, without regard to case (administration guide, command policies).
That NITRO requests are compared in that form is shown by the refused command in the message of error 2138 (ruby gem netscaler). The exact form of some
options is inferred, so a right says no more of a command than verb, noun and the start of the object's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from itertools import product


class Use(Enum):
    """What a verb does with the measures that it brings in, so which of their rights it needs (those of its kind, in ``measures``)."""

    PLANS = auto()
    PROVES = auto()
    CHANGES = auto()
    ALARMS = auto()


class Extra(StrEnum):
    """A setting of the inventory or of ``-e`` with which some verbs need more rights."""

    AUDIT_LOG = "audit_log"
    FETCH_LOGS = "fetch_logs"
    CLOSING_STEPS = "closing_steps"
    WHOLE_CATALOGUE = "whole_catalogue"
    NODE_LOCAL = "node_local"
    NODE_LOCAL_REBOOT = "node_local_reboot"
    PARTITIONS = "partitions"


class Objects(Enum):
    """The objects that a command may name, as the end of a regular expression, and as the end of an example."""

    ALL = "( |$)", ""
    OURS = " tq_", " tq_x"
    LOCATION_DATA = " /var/netscaler/locdb/tq_", " /var/netscaler/locdb/tq_x"
    RESPONDER = " RESPONDER$", " RESPONDER"
    RECORDS = " tourniquet_", " tourniquet_x -fileLocation /var/tmp"
    EVIDENCE = " tourniquet_evidence_", " tourniquet_evidence_x.tgz"
    START_UP_FILE = r" rc\.netscaler( |$)", " rc.netscaler -fileLocation /nsconfig"
    NAMES_OF_FILES = " -fileLocation ", " -fileLocation /var/tmp"
    LOGS = r" (ns\.log|httpaccess)", " ns.log -fileLocation /var/log"
    OTHER_LOGS = (
        r" (nsvpn\.log|httperror|messages|notice\.log|bash\.log|sh\.log|cron)",
        " messages -fileLocation /var/log",
    )

    @property
    def pattern(self) -> str:
        return self.value[0]

    @property
    def example(self) -> str:
        return self.value[1]


@dataclass(frozen=True)
class Right:
    """The right to send one command.

    :ivar noun: the type in the words of the command line; "" for a command without one, such as reboot
    """

    verb: str
    noun: str
    objects: Objects = Objects.ALL

    @property
    def name(self) -> str:
        """The right as messages name it: verb and noun."""
        return f"{self.verb} {self.noun}".rstrip()

    @property
    def example(self) -> str:
        """A command that needs the right."""
        return self.name + self.objects.example

    @property
    def pattern(self) -> str:
        """The regular expression that allows exactly this right."""
        return f"(^{self.name}{self.objects.pattern})"


def rights(verbs: str, nouns: str, objects: Objects = Objects.ALL) -> tuple[Right, ...]:
    """:param nouns: separated by commas, as verbs are by blanks"""
    return tuple(Right(verb, noun.strip(), objects) for noun, verb in product(nouns.split(","), verbs.split()))


VSERVERS = "lb vserver, cs vserver, vpn vserver, authentication vserver"
LOG_ON = (
    *rights("show", "ns config, ns version, ha node"),
    *rights("show", "system file", Objects.START_UP_FILE),
)
RECORDS = (
    *rights("show", "system file", Objects.NAMES_OF_FILES),
    *rights("show", "system file", Objects.RECORDS),
)
SAVED = rights("show", "ns runningConfig, ns savedConfig")
POLICIES = rights(
    "show", "ns partition, ns feature, audit messageaction, responder action, responder policy, responder global"
)
MEASURE = (
    *LOG_ON,
    *RECORDS,
    *SAVED,
    *POLICIES,
    *rights("show", "audit syslogParams"),
    *rights("show", VSERVERS),
)
FORESIGHT = rights("show", "ns license, system user, system group, system cmdPolicy")
WRITES = (
    *rights("add rm", "system file", Objects.RECORDS),
    *rights("save", "ns config"),
)
CHANGE = (*MEASURE, *FORESIGHT, *WRITES)
SWITCH = (
    *LOG_ON,
    *RECORDS,
    *SAVED,
    *rights("show", "ns partition"),
    *rights("show", VSERVERS),
    *WRITES,
    *rights("enable disable", VSERVERS),
)
EVALUATION, HITS = rights("show", "policy evaluation"), rights("stat", "responder policy")
WHOSE_HITS = (*HITS, *rights("stat", "ns"))
"""Whose the hits are: requests of ours from before the node was started are not among them any more."""
RESPONDER_FEATURE = rights("enable disable", "ns feature", Objects.RESPONDER)
BINDINGS = rights("bind unbind", VSERVERS)
RESPONDER_POLICIES = (
    *rights("add rm", "audit messageaction, responder policy", Objects.OURS),
    *rights("set", "responder policy", Objects.OURS),
    *RESPONDER_FEATURE,
)
LOGS = (
    *rights("show", "system file", Objects.NAMES_OF_FILES),
    *rights("show", "system file", Objects.LOGS),
)
SETTING_READS = rights("show", "ns tcpParam, vpn icaConnection")
WHOLE_CATALOGUE = (
    *rights(
        "show",
        "authentication samlAction, authentication samlIdPProfile, aaa kcdAccount, cr vserver, gslb vserver",
    ),
    *rights("show", "dns parameter, dns policy64, lb monitor, lsn group, nat64, ns httpProfile, ns tcpProfile"),
    *rights("show", "server, service, serviceGroup"),
    *SETTING_READS,
    *rights("show", "ns license"),
    *rights("show", "appfw signatures, appfw settings, denylist global"),
)
_NO_CONFIGURATION = ("vpn icaConnection", "ns license", "appfw signatures", "appfw settings", "denylist global")
CONFIGURATION = tuple(right for right in WHOLE_CATALOGUE if right.noun not in _NO_CONFIGURATION)
"""What a configuration that cannot have a weakness is known by."""
MANAGEMENT_READS = rights("show", "policy patset, policy dataset, policy expression")
"""The policies that would judge the management are evaluated before the knob of a node is set."""
SET_AUDIT_LOG = rights("set unset", "audit syslogParams")
CLOSING = (
    *HITS,
    *rights("add rm", "responder policy, responder action", Objects.OURS),
    *RESPONDER_FEATURE,
    *BINDINGS,
)
"""What the steps of a closing that are measures of their own send, there and back."""
