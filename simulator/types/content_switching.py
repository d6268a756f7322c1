# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Content switching: actions, policies, and the bindings of a content switching virtual server. NITRO reference; command reference, cs.

Policies by `url` or `domain` alone, and actions with a Gateway as target, are stored only.
"""

from __future__ import annotations

from simulator.types.common import BUILTIN, COMMENT, GOTO, INVOKE, PRIORITY, hits, key, text
from simulator.types.model import Attribute, Binding, Type

_HITS = Attribute("hits", kind="count", read_only=True, default=0)
TYPES: tuple[Type, ...] = (
    Type(
        "csaction",
        "cs action",
        "name",
        (
            key("name"),
            text("targetlbvserver", low=1, refers=("lbvserver",), refers_code=1388, cli="targetLBVserver"),
            text("targetvserver", low=1, refers=("vpnvserver",), cli="targetVserver"),
            text("targetvserverexpr", high=1499, expression="text", cli="targetVserverExpr"),
            COMMENT,
            *hits(),
            Attribute("referencecount", kind="count", read_only=True),
            BUILTIN,
        ),
        feature="CS",
        in_use=1372,
        actions=("rename", "unset"),
    ),
    Type(
        "cspolicy",
        "cs policy",
        "policyname",
        (
            key("policyname"),
            text("url", low=1, high=208, can_unset=True, cli="url"),
            text("rule", high=8191, expression="boolean", can_unset=True, cli="rule"),
            text("domain", low=1, high=63, can_unset=True, cli="domain"),
            text("action", refers=("csaction",), refers_code=538, can_unset=True, cli="action"),
            text("logaction", refers=("auditmessageaction",), refers_code=2818, can_unset=True, cli="logAction"),
            _HITS,
        ),
        feature="CS",
        missing=2054,
        duplicate=3094,
        in_use=810,
        actions=("rename", "unset"),
    ),
)
TARGET, POLICIES = "csvserver_lbvserver_binding", "csvserver_cspolicy_binding"
BINDINGS: tuple[Binding, ...] = (
    Binding(
        TARGET,
        "cs vserver",
        "csvserver",
        "name",
        "lbvserver",
        "lbvserver",
        (key("name"), text("lbvserver", required=True, low=1, cli="lbvserver"), text("targetvserver", low=1)),
        unbind_args=("lbvserver",),
        link=True,
        holds=True,
        not_bound=1410,
    ),
    Binding(
        POLICIES,
        "cs vserver",
        "csvserver",
        "name",
        "cspolicy",
        "policyname",
        (
            key("name"),
            text("policyname", required=True, cli="policyName"),
            text("targetlbvserver", refers=("lbvserver",), cli="targetLBVserver"),
            PRIORITY,
            GOTO,
            text("bindpoint", enum=("REQUEST",), cli="type"),
            *INVOKE,
        ),
        point="bindpoint",
        point_default="REQUEST",
        unbind_args=("policyname", "bindpoint", "priority"),
    ),
)
