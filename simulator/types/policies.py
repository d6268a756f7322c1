# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects that expressions name: sets, string maps, named expressions."""

from __future__ import annotations

from simulator.types.common import BUILTIN, COMMENT, YES_NO, key, text
from simulator.types.model import Attribute, Binding, Type

_DYNAMIC = (14, 1, 12)  # the first build whose sets can be dynamic (product docs, data sets)
# Before, sets have neither set nor unset (NITRO reference, policypatset and policydataset); a comment is given at the creation.
_SET_COMMENT = text("comment", create_only=True, high=255, cli="comment")

SETS: tuple[Type, ...] = (
    Type(
        "policypatset",
        "policy patset",
        "name",
        (
            key("name"),
            _SET_COMMENT,
            text("patsetfile", create_only=True, since=(13, 0), cli="patsetFile"),  # absent from the 12.x reference
            text("dynamic", enum=YES_NO, can_unset=True, since=_DYNAMIC, cli="dynamic"),
            BUILTIN,
        ),
        missing=2823,
        duplicate=2854,
        in_use=2853,
        actions=("unset",),
        update_since=_DYNAMIC,
        folded=True,
        named_in_expressions=True,
        built_in=("ns_videoopt_clients", "ns_aaa_activesync_useragents"),
    ),
    Type(
        "policystringmap",
        "policy stringmap",
        "name",
        (key("name"), COMMENT),
        missing=2856,
        duplicate=2854,
        in_use=2853,
        actions=("unset",),
        folded=True,
        named_in_expressions=True,
    ),
    Type(
        "policydataset",
        "policy dataset",
        "name",
        (
            key("name"),
            text("type", required=True, create_only=True, enum=("ipv4", "number", "ipv6", "ulong", "double", "mac")),
            _SET_COMMENT,
            text("patsetfile", create_only=True, since=(13, 0), cli="patsetFile"),  # absent from the 12.x reference
            text("dynamic", enum=YES_NO, can_unset=True, since=_DYNAMIC, cli="dynamic"),
        ),
        line=("type",),
        missing=2823,
        duplicate=2854,
        in_use=2853,
        actions=("unset",),
        update_since=_DYNAMIC,
        folded=True,
        named_in_expressions=True,
    ),
)
EXPRESSIONS: tuple[Type, ...] = (
    Type(
        "policyexpression",
        "policy expression",
        "name",
        (
            key("name"),
            text("value", required=True, high=8191, expression="named"),
            text("comment", can_unset=True, high=255, cli="comment"),
            text("clientsecuritymessage", can_unset=True, high=127, cli="clientSecurityMessage"),
            text("type1", read_only=True, default="ADVANCED"),
            Attribute("hits", kind="count", read_only=True, default=0),
            Attribute("pihits", kind="count", read_only=True, default=0),
            BUILTIN,
        ),
        line=("value",),
        missing=258,
        duplicate=2854,
        in_use=2853,
        actions=("unset",),
        folded=True,
        named_in_expressions=True,
        selects=(("type", "type1"),),  # NITRO reference, policyexpression: arguments of get
    ),
)
BINDINGS: tuple[Binding, ...] = (
    Binding(
        "policypatset_pattern_binding",
        "policy patset",
        "policypatset",
        "name",
        "",
        "String",
        (
            key("name"),
            text("String", required=True, low=1, high=255),
            Attribute("index", kind="count", low=1, high=4294967290, cli="index"),
            text("charset", enum=("ASCII", "UTF_8"), cli="charset"),
            text("comment", high=255, cli="comment"),
        ),
        line=("String",),
        unbind_args=("String",),
    ),
    Binding(
        "policystringmap_pattern_binding",
        "policy stringmap",
        "policystringmap",
        "name",
        "",
        "key",
        (
            key("name"),
            text("key", required=True, low=1, high=255),
            text("value", required=True, low=1, high=255),
            text("comment", high=255, cli="comment"),
        ),
        line=("key", "value"),
        unbind_args=("key",),
    ),
    Binding(
        "policydataset_value_binding",
        "policy dataset",
        "policydataset",
        "name",
        "",
        "value",
        (
            key("name"),
            text("value", required=True, low=1, high=255),
            text("endrange", since=(13, 0), cli="endRange"),  # absent from the 12.x reference
            Attribute("index", kind="count", low=1, high=4294967290, cli="index"),
            text("comment", high=255, cli="comment"),
        ),
        line=("value",),
        unbind_args=("value", "endrange"),
    ),
)
