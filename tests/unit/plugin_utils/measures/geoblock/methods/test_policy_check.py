# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policies of a geoblock: their placements, and what is wrong with those of a template of somebody's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.placements import (
    match_name,
    placements,
    slug,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.policy_check import (
    wrong_policies,
)

OWNER = Owner("geoblock", 1)
WEB, GW = SimpleNamespace(name="web", kind="lb"), SimpleNamespace(name="GW 1", kind="vpn")
MATCHES = {"tq_geoblock__match1": "a", "tq_geoblock__match2": "b"}
LB = "lbvserver_responderpolicy_binding"
POLICY = "tq_geoblock__lb_web"
BINDING = (LB, ("web", POLICY, "REQUEST"))


def placed(mode: Mode, *vservers: Any) -> Any:
    settings: Any = SimpleNamespace(mode=mode)
    return placements(OWNER, settings, vservers)


def test_a_gateway_is_protected_at_both_bind_points() -> None:
    """Which of them sees a request of the Gateway is open (CTX693187, CTX477121)."""
    auth = SimpleNamespace(name="auth", kind="authentication")
    found = placed(Mode.ENFORCE, WEB, GW, auth)
    mark = slug(GW).rpartition("_")[2]  # type: ignore[arg-type]
    assert [(one.vserver, one.bindpoint, one.policy) for one in found] == [
        ("web", "REQUEST", POLICY),
        ("GW 1", "REQUEST", f"tq_geoblock__vpn_gw_1_{mark}"),
        ("GW 1", "AAA_REQUEST", f"tq_geoblock__vpn_gw_1_{mark}__aaa"),
        ("auth", "REQUEST", "tq_geoblock__authentication_auth"),
        ("auth", "AAA_REQUEST", "tq_geoblock__authentication_auth__aaa"),
    ]
    assert [one.policy for one in placed(Mode.OBSERVE, WEB)] == [f"{POLICY}__observe"]
    assert match_name(OWNER, 2) == "tq_geoblock__match2"


def test_a_virtual_server_as_a_part_of_names() -> None:
    """Names that a slug would make alike are kept apart by a mark."""

    def of(name: str) -> str:
        return slug(SimpleNamespace(name=name, kind="lb"))  # type: ignore[arg-type]

    assert (of("web"), of("a" * 40), of("web_1")) == ("lb_web", f"lb_{'a' * 40}", "lb_web_1")
    marked = [of(name) for name in ("Web", "web-", "we b", "a" * 41, "a" * 40 + "b", "_web")]
    assert len({*marked, "lb_web"}) == len(marked) + 1
    assert all(len(name.rpartition("_")[2]) == 6 for name in marked)
    assert of("Web").startswith("lb_web_")
    assert of("a" * 41).startswith(f"lb_{'a' * 40}_")


def document(blocks: bool, **changes: Any) -> Document:
    """Return the right document, with some objects changed by their name, or removed where they are None."""
    action, goto = ("DROP", {}) if blocks else ("NOOP", {"gotopriorityexpression": "NEXT"})
    policy = POLICY if blocks else f"{POLICY}__observe"
    objects: dict[Any, Any] = {
        ("policyexpression", (name,)): {"name": name, "value": rule} for name, rule in MATCHES.items()
    }
    objects["responderpolicy", (policy,)] = {"name": policy, "rule": " || ".join(MATCHES), "action": action}
    objects[LB, ("web", policy, "REQUEST")] = {"name": "web", "policyname": policy, "priority": 10, **goto}
    objects |= changes.pop("objects", {})
    features = changes.pop("features", ("RESPONDER",))
    assert not changes
    return Document(features, {id_: attributes for id_, attributes in objects.items() if attributes is not None})


def wrong(blocks: bool = True, **changes: Any) -> list[str]:
    wanted = placed(Mode.ENFORCE if blocks else Mode.OBSERVE, WEB)
    return list(wrong_policies(document(blocks, **changes), MATCHES, wanted, blocks=blocks))


def changed(policy: str = POLICY, **attributes: Any) -> dict[Any, Any]:
    values = {"name": policy, "rule": " || ".join(MATCHES), "action": "DROP" if policy == POLICY else "NOOP"}
    return {("responderpolicy", (policy,)): {**values, **attributes}}


OBSERVE = f"{POLICY}__observe"
BLOCKS, PASSES = "blocks, and the mode is observe", "does not block, and the mode is enforce"
NOOP_ACTION = {("responderaction", ("tq_geoblock",)): {"name": "tq_geoblock", "type": "noop"}}
PAGE_ACTION = {("responderaction", ("tq_geoblock",)): {"name": "tq_geoblock", "type": "respondwith"}}
NEXT, END = {"gotopriorityexpression": "NEXT"}, {"gotopriorityexpression": "END"}
BOUND = {"name": "web", "policyname": POLICY, "priority": 10}


@pytest.mark.parametrize(
    ("blocks", "changes", "problem"),
    [
        (True, {}, ""),
        (False, {}, ""),
        (True, {"features": ()}, "it enables no feature, and must enable RESPONDER alone"),
        (True, {"features": ("RESPONDER", "CS")}, "it enables RESPONDER, CS, and must enable RESPONDER alone"),
        (True, {"objects": {("nsacl", ("x",)): {}}}, "it yields nsacl, which the checks of this method do not know"),
        (True, {"objects": {("policyexpression", ("tq_geoblock__match1",)): None}}, "it lacks the policyexpression tq_geoblock__match1"),
        (True, {"objects": {("policyexpression", ("tq_geoblock__match1",)): {"value": "b"}}}, "the value of the policyexpression tq_geoblock__match1 must be"),
        (True, {"objects": {("policyexpression", ("x",)): {"value": "b"}}}, "it yields the policyexpression x, which is not in matches"),
        (True, {"objects": {("responderpolicy", (POLICY,)): None}}, f"it lacks the responderpolicy {POLICY} of a placement"),
        (True, {"objects": changed(rule="TRUE")}, f"the rule of {POLICY} must be "),
        (True, {"objects": changed(action="NOOP")}, f"the action of {POLICY} is NOOP, which {PASSES}"),
        (True, {"objects": changed(action="tq_geoblock") | NOOP_ACTION}, f"the action of {POLICY} is tq_geoblock, which {PASSES}"),
        (True, {"objects": changed(action="tq_geoblock") | PAGE_ACTION}, ""),
        (True, {"objects": changed(undefaction="DROP")}, ""),
        (False, {"objects": changed(OBSERVE, action="DROP")}, f"the action of {OBSERVE} is DROP, which {BLOCKS}"),
        (False, {"objects": changed(OBSERVE, action="tq_geoblock") | NOOP_ACTION}, ""),
        (False, {"objects": changed(OBSERVE, undefaction="RESET")}, f"the undefaction of {OBSERVE} is RESET, which {BLOCKS}"),
        (False, {"objects": changed(OBSERVE, undefaction="NOOP")}, ""),
        (True, {"objects": changed("x")}, "it yields the responderpolicy x, which is of no placement"),
        (True, {"objects": {BINDING: None}}, f"it lacks the {LB} web {POLICY} REQUEST of a placement"),
        (True, {"objects": {(LB, ("x", POLICY, "REQUEST")): BOUND}}, f"it yields the {LB} x {POLICY} REQUEST, which is of no placement"),
        (True, {"objects": {BINDING: {**BOUND, "invoke": True}}}, f"the {LB} web {POLICY} REQUEST invokes other policies"),
        (True, {"objects": {BINDING: {**BOUND, **NEXT}}}, f"the gotopriorityexpression of {LB} web {POLICY} REQUEST must be END"),
        (True, {"objects": {BINDING: {**BOUND, **END}}}, ""),
        (False, {"objects": {(LB, ("web", OBSERVE, "REQUEST")): {**BOUND, **END}}}, "the gotopriorityexpression of "),
        (False, {"objects": {(LB, ("web", OBSERVE, "REQUEST")): BOUND}}, "the gotopriorityexpression of "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_policies(blocks: bool, changes: dict[str, Any], problem: str) -> None:
    found = wrong(blocks, **changes)
    assert len(found) == bool(problem), found
    assert all(text.startswith(problem) for text in found), found
