# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A measure: what can be brought onto appliances, proven and taken off again. The one seam for a further kind of protection.

A mitigation of the catalogue is a measure that is tied to builds. What an operator wants on every build, such as a URL
whitelist, is a measure with parts: each protects one bind point of one virtual server, and blocks there or only counts. A
further one is a subclass with its document, its parts and its traffic, and one line in ``measures``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import Attributes, ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.builds import RESPONDER_AT_GATEWAYS, Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session

if TYPE_CHECKING:
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
    from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection

OBSERVE, ENFORCE = "observe", "enforce"
MODES = (OBSERVE, ENFORCE)


class BuildStatus(Enum):
    """What a build means for a measure."""

    NOT_AFFECTED = "not affected"
    FIXED = "fixed"
    AFFECTED = "affected"
    INEFFECTIVE = "ineffective on this build"
    WANTED = "wanted on every build"


@dataclass(frozen=True)
class Version:
    """One version of a measure: what it does, the day it was advised, and which version it takes the place of."""

    summary: str
    advised: date
    supersedes: int | None = None


@dataclass(frozen=True)
class Weakness:
    """A later finding that weakens a mitigation: from a date on, except on builds that fix the finding."""

    since: date
    reference: str
    reason: str
    fixed: Mapping[tuple[int, int], tuple[int, int]]

    def applies(self, build: Build, as_of: date) -> bool:
        fixed = self.fixed.get(build.branch)
        return as_of >= self.since and (fixed is None or build.number < fixed)


@dataclass(frozen=True)
class Placement:
    """What protects one bind point of one virtual server.

    There is a policy for each mode, so that a switch binds the new one before the old one goes, and each has its own hits.

    :ivar name: of the list that it comes from
    :ivar kind: of the virtual server: vpn, authentication, cs or lb
    :ivar mode: the one that is wanted
    :ivar policies: by mode, the name of the policy
    """

    name: str
    kind: str
    vserver: str
    bindpoint: str
    mode: str
    policies: Mapping[str, str] = field(hash=False)

    @property
    def place(self) -> str:
        """Where it stands, as the policy banks call it: "vpn vserver gw REQUEST"."""
        return f"{self.kind} vserver {self.vserver} {self.bindpoint}"

    @property
    def at_gateway(self) -> bool:
        """Whether it is a responder policy at a Gateway; an ACL in front of one is none."""
        return self.kind == "vpn" and self.bindpoint in ("REQUEST", "AAA_REQUEST")

    @property
    def policy(self) -> str:
        return self.policies[self.mode]

    def __str__(self) -> str:
        return f"{self.name} ({self.place})"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What is known of a measure, with its traffic.

    :ivar exploit_public: from this date on "exposed" means that an exploit is public
    :ivar vulnerable_answers: text in an answer that shows that the request reached the vulnerable code
    :ivar infected_answers: text in an answer that known malware gives
    :ivar start_up_line: the line that the node-local half of the measure has in /nsconfig/rc.netscaler
    """

    id: str
    title: str
    current_version: int
    versions: Mapping[int, Version]
    traffic: Traffic
    exploit_public: date | None = None
    vulnerable_answers: tuple[str, ...] = ()
    infected_answers: tuple[str, ...] = ()
    start_up_line: str = ""

    tied_to_builds: ClassVar[bool] = False
    source_based: ClassVar[bool] = False
    """It judges where a request comes from: no probe of ours can be blocked, so hits prove it, and that nobody else was harmed."""
    file_directory: ClassVar[str] = ""
    """Where on the nodes its files are, or "" where it has none."""
    set_types: ClassVar[tuple[str, ...]] = ()
    """The types of sets that it makes: they are looked for even where nothing is asked for any more."""
    priority_variable: ClassVar[str] = "-e responder_policy_priority={free}"
    """How to say another priority."""

    # -- what a build means; only a mitigation has more to say ---------------------------------------------------------

    def build_status(self, build: Build) -> BuildStatus:
        """INEFFECTIVE only where nothing that is asked for would work: a Gateway must not keep other servers from theirs."""
        bad = self.parts and all(part.at_gateway for part in self.parts) and self.ineffective_because(build)
        return BuildStatus.INEFFECTIVE if bad else BuildStatus.WANTED

    def ineffective_because(self, build: Build) -> str:
        """Why it, or what of it is bound at Gateways, does not work on a build; "" where it does."""
        bad = RESPONDER_AT_GATEWAYS.get(build.branch)
        gateways = dict.fromkeys(part.vserver for part in self.parts if part.at_gateway)
        if not gateways or bad is None or not bad.covers(build.number):
            return ""
        return f"{bad.reason}: {', '.join(gateways)}"

    def fix_for(self, build: Build) -> str:
        """The build that makes it needless, or on which it works, in words; "" where there is nothing to say."""
        if not self.ineffective_because(build):
            return ""
        first, second = RESPONDER_AT_GATEWAYS[build.branch].works_from
        return f"{build.branch_text} {first}.{second} or later"

    def weakness(self, _build: Build, _as_of: date) -> Weakness | None:
        return None

    # -- what an operator asks for -------------------------------------------------------------------------------------

    @property
    def parts(self) -> tuple[Placement, ...]:
        """What is wanted, part by part; nothing for a mitigation, which is one whole."""
        return ()

    def counted_by(self, part: Placement) -> Sequence[str]:
        """The names of what counts the hits of a part."""
        return tuple(part.policies.values())

    @property
    def partitions(self) -> frozenset[str]:
        """The admin partitions that are named in what is asked for."""
        return frozenset()

    def inside(self, _partition: str) -> Measure:
        """What of it concerns one admin partition."""
        return self

    def document(self, _owner: Owner, *, where: str, marker: str) -> Document | None:
        """The desired state; None where a role renders it from the catalogue.

        :param where: the host, for error messages
        :param marker: the word in our answers by which a probe knows them, or ""
        :raises InvalidInput: where what is asked for cannot be
        """
        return None

    def resolve(self, _connection: Connection, _owner: Owner) -> Measure:
        """The same, with what it must know of an appliance to say what shall be there. Reads only.

        :raises TourniquetError: where that cannot be read
        """
        return self

    @property
    def unjudged(self) -> str:
        """Why its rules alone do not say what it does to a request, or ""."""
        return ""

    def checks(self, _connection: Connection) -> Mapping[ObjectId, Check]:
        """By object, what must hold once it is as it shall be, before the next step is taken."""
        return {}

    def faults(self) -> Sequence[str]:
        """In what an appliance does not do what its configuration says, in words."""
        return ()

    def problems(self, _document: Document) -> Sequence[tuple[str, str]]:
        """What forbids to bring it in, each with its fix."""
        return ()

    def rests_on(self, _setting: ObjectId, _text: str, _owner: Owner) -> str:
        """What of others rests on a setting that we changed and no longer need, in words; "" where nothing does.

        :param _text: the configuration as ns.conf
        """
        return ""

    def remarks(self) -> Sequence[str]:
        """What a person should know of what is asked for."""
        return ()

    def facts(self) -> Mapping[str, Any]:
        """What the change record keeps of it besides the steps, as JSON values."""
        return {}

    def modes(self, objects: Mapping[ObjectId, Attributes]) -> Mapping[Placement, str]:
        """By part, the mode that is in force by what is bound, or "" where nothing is."""
        return {part: mode_of(part, objects) for part in self.parts}


def mode_of(part: Placement, objects: Mapping[ObjectId, Attributes]) -> str:
    """Which of its policies is bound; where both are, during a switch, the blocking one decides."""
    type_name = f"{part.kind}vserver_responderpolicy_binding"
    for mode in (ENFORCE, OBSERVE):
        if (type_name, (part.vserver, part.policies[mode], part.bindpoint)) in objects:
            return mode
    return ""


Check = Callable[[Session], str]
"""Looks whether what was done has its effect: what is wrong, in words, or ""."""
