# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes and reads that an appliance refuses: a mistake of a client must not look like success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator

MEMBERS = "servicegroup_servicegroupmember_binding"


@pytest.fixture
def group(box: Any) -> Any:
    """Two servers in one service group at a load balancing vserver."""
    for number in (1, 2):
        assert box.post("server", {"name": f"s{number}", "ipaddress": f"192.0.2.{number}"}).status == 201
    assert box.post("servicegroup", {"servicegroupname": "g", "servicetype": "HTTP"}).status == 201
    for number in (1, 2):
        member = {"servicegroupname": "g", "servername": f"s{number}", "port": 80}
        assert box.post(MEMBERS, member).status == 201
    return box


def states(box: Any) -> dict[str, tuple[str, str]]:
    return {row["servername"]: (row["state"], row["svrstate"]) for row in box.rows(f"{MEMBERS}/g")}


UP, OUT = ("ENABLED", "UP"), ("DISABLED", "OUT OF SERVICE")


@pytest.mark.fact("group-member-state")
def test_disable_of_one_member_leaves_the_group_and_the_other_members(group: Any) -> None:
    """servername and port name one member of a service group (NITRO reference, servicegroup, enable and disable)."""
    member = {"servicegroupname": "g", "servername": "s1", "port": 80}
    assert group.post("servicegroup", {**member, "delay": 5, "graceful": "YES"}, "?action=disable").status == 200
    assert states(group) == {"s1": OUT, "s2": UP}
    (row,) = group.rows("servicegroup/g")
    assert (row["state"], row["servicegroupeffectivestate"]) == ("ENABLED", "UP")
    (one,) = group.ask("GET", "/nitro/v1/stat/servicegroupmember/g?args=servername:s1,port:80").json[
        "servicegroupmember"
    ]
    assert one["state"] == "OUT OF SERVICE"
    lists = group.rows("servicegroup_binding/g")[0][MEMBERS]
    assert {row["servername"]: row["svrstate"] for row in lists} == {"s1": "OUT OF SERVICE", "s2": "UP"}
    text = group.ask("GET", "/nitro/v1/config/nsrunningconfig").json["nsrunningconfig"]["response"]
    assert "bind serviceGroup g s1 80 -state DISABLED" in text
    assert "add serviceGroup g HTTP\n" in text
    assert group.post("servicegroup", member, "?action=disable").code == 451
    assert group.post("servicegroup", member, "?action=enable").status == 200
    assert states(group) == {"s1": UP, "s2": UP}


@pytest.mark.fact("group-member-unknown", "group-member-without-server")
@pytest.mark.parametrize(
    ("named", "status", "code"),
    [
        ({"servername": "s1", "port": 81}, 404, 258),
        ({"servername": "s3", "port": 80}, 404, 351),
        ({"servername": "s1"}, 400, 1093),
        ({"port": 80}, 400, 1093),
        ({"servername": "s1", "port": "x"}, 400, 1074),
        ({"nonsense": "s1"}, 599, 278),
    ],
)
def test_a_member_that_does_not_exist_is_an_error(group: Any, named: dict[str, Any], status: int, code: int) -> None:
    for action in ("disable", "enable"):
        answer = group.post("servicegroup", {"servicegroupname": "g", **named}, f"?action={action}")
        assert (answer.status, answer.code) == (status, code), action
    assert states(group) == {"s1": UP, "s2": UP}
    missing = {"servicegroupname": "g", "servername": "s3", "port": 80}
    assert (group.post(MEMBERS, missing).status, group.post(MEMBERS, missing).code) == (404, 351)


@pytest.mark.fact("group-member-state")
def test_a_disabled_member_is_disabled_on_the_peer_and_after_a_reboot(lab: Any) -> None:
    primary, peer = lab.box("pair"), lab.box("pair", 1)
    primary.post("server", {"name": "s", "ipaddress": "192.0.2.1"})
    primary.post("servicegroup", {"servicegroupname": "g", "servicetype": "HTTP"})
    primary.post(MEMBERS, {"servicegroupname": "g", "servername": "s", "port": 80})
    member = {"servicegroupname": "g", "servername": "s", "port": 80}
    assert primary.post("servicegroup", member, "?action=disable").status == 200
    assert states(peer) == {"s": OUT}
    primary.post("nsconfig", {}, "?action=save")
    lab.simulator.appliance("pair").reboot()
    assert states(lab.box("pair")) == {"s": OUT}


VSERVER = {"name": "v", "servicetype": "HTTP", "ipv46": "192.0.2.9", "port": 80}
IMMUTABLE = [
    ("lbvserver", VSERVER, {"name": "v", "port": 80}),
    ("lbvserver", VSERVER, {"name": "v", "servicetype": "HTTP"}),
    ("lbvserver", VSERVER, {"name": "v", "state": "ENABLED"}),
    ("csvserver", VSERVER, {"name": "v", "port": 80}),
    ("server", {"name": "x", "ipaddress": "192.0.2.9"}, {"name": "x", "td": 0}),
    ("service", {"name": "x", "servername": "s1", "servicetype": "HTTP", "port": 81}, {"name": "x", "port": 81}),
    (
        "servicegroup",
        {"servicegroupname": "x", "servicetype": "HTTP"},
        {"servicegroupname": "x", "servicetype": "HTTP"},
    ),
    ("responderaction", {"name": "a", "type": "redirect", "target": '"/"'}, {"name": "a", "type": "redirect"}),
    ("nsacl", {"aclname": "a", "aclaction": "DENY", "ttl": 8}, {"aclname": "a", "ttl": 8}),
    ("nsacl", {"aclname": "a", "aclaction": "DENY"}, {"aclname": "a", "td": 0}),
]


@pytest.mark.fact("immutable", "immutable-equal", "vserver-immutable")
@pytest.mark.parametrize(
    ("kind", "made", "changed"), IMMUTABLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_update_does_not_take_what_only_a_creation_sets(
    group: Any, kind: str, made: dict[str, Any], changed: dict[str, Any]
) -> None:
    """278 with the attribute in brackets, even with the value that it has (the vendor's acceptance tests)."""
    assert group.post(kind, made).status == 201
    (name,) = changed.keys() - {"name", "servicegroupname", "aclname"}
    answer = group.put(kind, changed)
    assert (answer.status, answer.json["message"]) == (599, f"Invalid argument [{name}]")
    together = {**changed, "comment": "c"} if kind != "nsacl" else {**changed, "logstate": "ENABLED"}
    assert group.put(kind, together).code == 278
    (row,) = group.rows(f"{kind}/{next(iter(made.values()))}")
    assert row.get("comment") is None
    assert row.get("logstate") in (None, "DISABLED")


@pytest.mark.fact("idempotent-immutable")
def test_the_idempotent_flag_takes_the_attributes_of_a_creation(group: Any) -> None:
    """It hides that PUT and POST have other arguments (NITRO guide, use cases); another value cannot be set."""
    assert group.post("lbvserver", VSERVER).status == 201
    assert group.post("lbvserver", {**VSERVER, "comment": "c"}, "?idempotent=yes").status == 200
    assert group.rows("lbvserver/v")[0]["comment"] == "c"
    assert group.post("lbvserver", {**VSERVER, "port": 81}, "?idempotent=yes").code == 278


@pytest.mark.fact("immutable")
@pytest.mark.parametrize(
    ("position", "equal", "different"), [("refused", 278, 278), ("refused_if_different", 0, 278), ("ignored", 0, 0)]
)
def test_positions_of_an_immutable_update(
    with_switches: Callable[..., Any], position: str, equal: int, different: int
) -> None:
    """No source says what other types do: a switch."""
    box = with_switches(immutable_update=position).box()
    assert box.post("responderaction", {"name": "a", "type": "redirect", "target": '"/"'}).status == 201
    assert box.put("responderaction", {"name": "a", "type": "redirect"}).code == equal
    assert box.put("responderaction", {"name": "a", "type": "noop"}).code == different
    assert box.rows("responderaction/a")[0]["type"] == "redirect"


SINGLETONS = ("responderparam", "nsconfig", "nsversion", "nshardware", "nslicense", "nsfeature", "nsmode", "systemparameter",
              "nshostname", "nsrunningconfig", "locationparameter")  # fmt: skip


@pytest.mark.fact("named-singleton")
def test_a_type_without_names_has_no_object_of_a_name(box: Any) -> None:
    for name in SINGLETONS:
        assert box.get(name).status == 200, name
        answer = box.get(f"{name}/xyz")
        assert (answer.status, answer.code) == (599, 278), name
    for name in ("ns", "system", "hanode", "aaa"):
        assert box.ask("GET", f"/nitro/v1/stat/{name}/xyz").code == 278, name
    parameter = {"responderparam": {"undefaction": "DROP"}}
    assert box.nitro("PUT", "responderparam/xyz", parameter).code == 278
    assert box.rows("responderparam")["undefaction"] == "NOOP"


@pytest.mark.fact("named-singleton")
@pytest.mark.parametrize(("code", "status"), [(278, 599), (1090, 400), (258, 404)])
def test_the_code_for_a_named_singleton_is_open(with_switches: Callable[..., Any], code: int, status: int) -> None:
    answer = with_switches(named_singleton_code=code).box().get("nsconfig/xyz")
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.fact("undefaction-built-in")
def test_an_undefined_result_leads_to_a_built_in_action_only(box: Any) -> None:
    """NOOP, RESET or DROP (NITRO reference, responderpolicy)."""
    assert box.post("responderaction", {"name": "a", "type": "redirect", "target": '"/"'}).status == 201
    policy = {"name": "p", "rule": "TRUE", "action": "a"}
    assert box.post("responderpolicy", {**policy, "undefaction": "a"}).code == 2818
    for action in ("NOOP", "RESET", "DROP"):
        assert box.post("responderpolicy", {**policy, "name": action, "undefaction": action}).status == 201
    assert box.put("responderpolicy", {"name": "DROP", "undefaction": "a"}).code == 2818
    assert box.put("responderparam", {"undefaction": "a"}).code == 1097


@pytest.mark.fact("sets-without-update", "idempotent-no-set")
@pytest.mark.parametrize("kind", ["policypatset", "policydataset"])
def test_sets_have_no_update_before_they_can_be_dynamic(lab: Any, box: Any, kind: str) -> None:
    """Neither set nor unset (NITRO reference 12.0); with the idempotent flag 1074 (Terraform provider issue 155)."""
    made = {"name": "d", "comment": "c", **({"type": "ipv4"} if kind == "policydataset" else {})}
    for client in (box, lab.box("pair")):
        assert client.post(kind, made).status == 201
        assert client.put(kind, {"name": "d", "comment": "other"}).code == 1073
        assert client.post(kind, {"name": "d", "comment": True}, "?action=unset").code == 1240
        answer = client.post(kind, {"name": "d"}, "?idempotent=yes")
        assert answer.json["message"] == "Invalid value [set command not present for this resource]"
        assert client.rows(f"{kind}/d")[0]["comment"] == "c"


@pytest.mark.fact("sets-without-update")
def test_sets_of_a_build_that_can_update_them(lab: Any) -> None:
    """Only `dynamic` changes (the collection's resource map)."""
    lab.simulator.appliance("gw").upgrade("14.1 25.53")
    box = lab.box()
    assert box.post("policypatset", {"name": "d", "comment": "c"}).status == 201
    assert box.put("policypatset", {"name": "d", "dynamic": "YES"}).status == 200
    assert box.put("policypatset", {"name": "d", "comment": "c"}).code == 278
    assert box.post("policypatset", {"name": "d", "dynamic": True}, "?action=unset").status == 200


@pytest.fixture
def protocols(box: Any) -> Any:
    """Virtual servers of several protocols, and responder policies about HTTP and about addresses."""
    for kind in ("HTTP", "SSL", "TCP", "UDP"):
        assert box.post("lbvserver", {"name": kind, "servicetype": kind}).status == 201
        assert box.post("csvserver", {"name": f"cs_{kind}", "servicetype": kind}).status == 201
    box.post("policyexpression", {"name": "inner", "value": 'HTTP.REQ.URL.CONTAINS("/x")'})
    box.post("policyexpression", {"name": "outer", "value": "inner || FALSE"})
    box.post("responderaction", {"name": "away", "type": "redirect", "target": '"/"'})
    box.post("responderaction", {"name": "echo", "type": "respondwith", "target": '"x" + HTTP.REQ.URL'})
    box.post("responderaction", {"name": "plain", "type": "respondwith", "target": '"HTTP.REQ.URL"'})
    for name, rule, action in (
        ("url", 'HTTP.REQ.URL.CONTAINS("/x")', "DROP"),
        ("named", "OUTER", "DROP"),
        ("redirect", "TRUE", "away"),
        ("target", "TRUE", "echo"),
        ("address", 'CLIENT.IP.SRC.EQ(192.0.2.1) || "HTTP.REQ".EQ("x")', "plain"),
    ):
        assert box.post("responderpolicy", {"name": name, "rule": rule, "action": action}).status == 201, name
    return box


def bind(box: Any, vserver: str, policy: str, priority: int = 10) -> Any:
    kind = "csvserver" if vserver.startswith("cs_") else "lbvserver"
    answer = box.post(f"{kind}_responderpolicy_binding", {"name": vserver, "policyname": policy, "priority": priority})
    return answer.code if answer.body else 0


@pytest.mark.fact("policy-about-http", "policy-of-a-protocol")
@pytest.mark.parametrize("policy", ["url", "named", "redirect", "target"])
def test_a_policy_about_http_stays_at_http(protocols: Any, policy: str) -> None:
    """3119 elsewhere; about HTTP is what a rule, a named expression or the action needs (error list)."""
    for prefix in ("", "cs_"):
        assert [bind(protocols, prefix + kind, policy) for kind in ("HTTP", "SSL", "TCP", "UDP")] == [0, 0, 3119, 3119]
    assert protocols.post("responderpolicylabel", {"labelname": "l", "policylabeltype": "OTHERTCP"}).status == 201
    bound = {"labelname": "l", "policyname": policy, "priority": 1}
    assert protocols.post("responderpolicylabel_responderpolicy_binding", bound).code == 3096
    assert protocols.post("responderpolicylabel", {"labelname": "h"}).status == 201
    assert protocols.post("responderpolicylabel_responderpolicy_binding", {**bound, "labelname": "h"}).status == 201


@pytest.mark.fact("policy-of-a-protocol", "bound-policy-protocol")
def test_a_policy_about_addresses_can_be_bound_to_tcp(protocols: Any) -> None:
    """Not to UDP: 3861. Bound to TCP it cannot become one about HTTP: 3095 (error list)."""
    assert [bind(protocols, kind, "address") for kind in ("HTTP", "SSL", "TCP", "UDP")] == [0, 0, 0, 3861]
    assert protocols.put("responderpolicy", {"name": "address", "rule": "outer"}).code == 3095
    assert protocols.put("responderpolicy", {"name": "address", "action": "away"}).code == 3095
    assert protocols.put("responderpolicy", {"name": "address", "rule": "FALSE"}).status == 200


@pytest.mark.fact("service-protocol")
def test_a_service_needs_the_protocol_of_its_virtual_server(protocols: Any) -> None:
    """1304; TLS may begin or end at the appliance (error list; product docs, SSL offloading)."""
    protocols.post("server", {"name": "s", "ipaddress": "192.0.2.1"})
    expected = {"HTTP": {"HTTP", "SSL"}, "SSL": {"HTTP", "SSL"}, "TCP": {"TCP", "SSL_TCP"}, "UDP": {"UDP"}}
    for number, kind in enumerate(("HTTP", "SSL", "TCP", "SSL_TCP", "UDP")):
        service = {"name": f"s_{kind}", "servername": "s", "servicetype": kind, "port": 80 + number}
        assert protocols.post("service", service).status == 201
        assert protocols.post("servicegroup", {"servicegroupname": f"g_{kind}", "servicetype": kind}).status == 201
        for vserver, fitting in expected.items():
            answers = [
                protocols.post("lbvserver_service_binding", {"name": vserver, "servicename": f"s_{kind}"}),
                protocols.post("lbvserver_servicegroup_binding", {"name": vserver, "servicegroupname": f"g_{kind}"}),
            ]
            codes = [answer.code if answer.body else 0 for answer in answers]
            assert codes == ([0, 0] if kind in fitting else [1304, 1304]), (vserver, kind)


GOOD_NAMES = ["a", "_a", "7up", "a b", "a#b", "a.b", "a:b", "a@b", "a=b", "a-b", "192.0.2.1", "2001:db8::1"]
BAD_NAMES = [
    "b!d",
    "-a",
    " a",
    ".a",
    "#a",
    "a/b",
    "a'b",
    'a"b',
    "a\tb",
    "a\nb",
    "a;b",
    "a,b",
    "a(b)",
    "a|b",
    "a\\b",
    "é",
    "a<b>",
    "a&b",
]


@pytest.mark.fact("bad-name", "characters-of-names")
def test_characters_of_names(box: Any) -> None:
    """A letter, a digit or _, then also # . : @ = - and blanks (error list 1075), in a rename too."""
    for name in GOOD_NAMES:
        assert box.post("responderpolicy", {"name": name, "rule": "TRUE", "action": "NOOP"}).status == 201, name
    for name in BAD_NAMES:
        for kind, row in (
            ("responderpolicy", {"name": name, "rule": "TRUE", "action": "NOOP"}),
            ("lbvserver", {"name": name, "servicetype": "HTTP"}),
            ("nsacl", {"aclname": name, "aclaction": "DENY"}),
            ("systemuser", {"username": name, "password": "x"}),
            ("policypatset", {"name": name}),
        ):
            assert box.post(kind, row).code == 1075, (kind, name)
        assert box.post("responderpolicy", {"name": "a", "newname": name}, "?action=rename").code == 1075, name
    for name in ("a b", "7up", "a.b"):
        assert box.post("policypatset", {"name": name}).code == 1075


REFUSED_ADDRESSES = [
    ("lbvserver", {"name": "v", "servicetype": "HTTP", "ipv46": "10.0.0.999", "port": 80}, 1110),
    ("lbvserver", {"name": "v", "servicetype": "HTTP", "ipv46": "2001:db8::x", "port": 80}, 1110),
    ("lbvserver", {"name": "v", "servicetype": "HTTP", "ipv46": "010.0.0.1", "port": 80}, 1110),
    ("lbvserver", {"name": "v", "servicetype": "HTTP", "ipv46": "10.0.0.1"}, 1093),
    ("vpnvserver", {"name": "v", "servicetype": "SSL", "ipv46": "10.0.0.0/8", "port": 443}, 1110),
    ("server", {"name": "v"}, 1095),
    ("server", {"name": "v", "ipaddress": "web.example.com"}, 1110),
    ("server", {"name": "v", "ipaddress": "192.0.2.9", "domain": "web.example.com"}, 1092),
    ("server", {"name": "v", "domain": "web example"}, 417),
    ("server", {"name": "v", "domain": "192.0.2.9"}, 417),
    ("nsip", {"ipaddress": "10.0.0.1", "netmask": "255.0.255.0"}, 1111),
    ("nsip", {"ipaddress": "10.0.0.300", "netmask": "255.255.255.0"}, 1110),
    ("route", {"network": "10.0.0.0", "netmask": "255.0.255.0", "gateway": "10.0.0.1"}, 1111),
    ("route", {"network": "10.0.0.5", "netmask": "255.255.255.0", "gateway": "10.0.0.1"}, 1111),
    ("route", {"network": "10.0.0.0", "netmask": "255.255.255.0", "gateway": "nowhere"}, 1110),
    ("dnsnameserver", {"ip": "not an address"}, 1110),
    ("ntpserver", {"serverip": "time!"}, 1110),
    ("systemuser", {"username": "v", "password": "x", "timeout": 5}, 1109),
]


@pytest.mark.fact("forms-of-addresses", "address-needs-port", "server-needs-address", "route-host-bits", "user-timeout")
@pytest.mark.parametrize(("kind", "row", "code"), REFUSED_ADDRESSES)
def test_malformed_addresses_and_ranges(box: Any, kind: str, row: dict[str, Any], code: int) -> None:
    """Error list 1095, 1109 to 1111; command reference, add lb vserver, add server, add route, system user."""
    assert box.post(kind, row).code == code


@pytest.mark.fact("forms-of-addresses", "user-timeout")
def test_addresses_and_ranges_that_are_accepted(box: Any) -> None:
    for kind, row in (
        ("server", {"name": "six", "ipaddress": "2001:db8::1"}),
        ("server", {"name": "named", "domain": "web.example.com"}),
        ("route", {"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "192.0.2.1"}),
        ("route", {"network": "10.0.0.0", "netmask": "255.0.0.0", "gateway": "null"}),
        ("lbvserver", {"name": "six", "servicetype": "HTTP", "ipv46": "2001:db8::9", "port": 80}),
        ("systemuser", {"username": "never", "password": "x", "timeout": 0}),
        ("systemuser", {"username": "soon", "password": "x", "timeout": 10}),
    ):
        assert box.post(kind, row).status == 201, row
    assert box.put("systemparameter", {"restrictedtimeout": "ENABLED"}).status == 200
    assert [box.put("systemuser", {"username": "soon", "timeout": seconds}).code for seconds in (299, 300, 86401)] == [
        1109,
        0,
        1108,
    ]
    assert box.put("server", {"name": "six", "ipaddress": "10.0.0.999"}).code == 1110
    text = box.ask("GET", "/nitro/v1/config/nsrunningconfig").json["nsrunningconfig"]["response"]
    assert "add server named web.example.com\n" in text


def taken(box: Any) -> dict[str, tuple[int, int]]:
    """Return status and errorcode of second objects at an address that is taken."""
    box.post("lbvserver", {"name": "one", "servicetype": "HTTP", "ipv46": "10.0.0.1", "port": 80})
    box.post("server", {"name": "one", "ipaddress": "10.0.0.2"})
    box.post("service", {"name": "first", "servername": "one", "servicetype": "HTTP", "port": 80})
    second = {
        "lbvserver": {"name": "two", "servicetype": "TCP", "ipv46": "10.0.0.1", "port": 80},
        "csvserver": {"name": "two", "servicetype": "HTTP", "ipv46": "10.0.0.1", "port": 80},
        "server": {"name": "two", "ipaddress": "10.0.0.2"},
        "service": {"name": "second", "servername": "one", "servicetype": "HTTP", "port": 80},
    }
    answers = {kind: box.post(kind, row) for kind, row in second.items()}
    return {kind: (answer.status, answer.code) for kind, answer in answers.items()}


@pytest.mark.fact("address-taken")
def test_an_address_belongs_to_one_object(box: Any, with_switches: Callable[..., Any]) -> None:
    """A conflict; its errorcode has no source."""
    assert set(taken(box).values()) == {(409, 273)}
    for kind, row in (
        ("lbvserver", {"name": "other", "servicetype": "HTTP", "ipv46": "10.0.0.1", "port": 81}),
        ("lbvserver", {"name": "udp", "servicetype": "UDP", "ipv46": "10.0.0.1", "port": 80}),
        ("lbvserver", {"name": "none", "servicetype": "HTTP"}),
        ("lbvserver", {"name": "none2", "servicetype": "HTTP"}),
        ("service", {"name": "tcp", "servername": "one", "servicetype": "TCP", "port": 80}),
        ("server", {"name": "three", "ipaddress": "10.0.0.3"}),
    ):
        assert box.post(kind, row).status == 201, row
    assert box.put("server", {"name": "three", "ipaddress": "10.0.0.2"}).code == 273
    assert box.put("lbvserver", {"name": "other", "ipv46": "10.0.0.1", "comment": "same"}).status == 200
    assert box.delete("lbvserver/one").status == 200
    assert box.post("csvserver", {"name": "two", "servicetype": "HTTP", "ipv46": "10.0.0.1", "port": 80}).status == 201
    for code in (304, 1335):
        assert set(taken(with_switches(address_taken_code=code).box()).values()) == {(409, code)}


@pytest.mark.fact("forms-of-addresses", "address-taken", "characters-of-names")
def test_lines_of_an_ns_conf_are_checked_like_requests() -> None:
    lines = """#NS13.1 Build 53.24
add server web web.example.com
add server one 10.0.0.1
add server two 10.0.0.1
add server bad 10.0.0.999
add service s one HTTP 80
add service t one HTTP 80
add lb vserver v HTTP 10.0.0.9 80
add lb vserver w HTTP 10.0.0.9 80
add lb vserver "x!" HTTP 10.0.0.9 81
add lb vserver tcp TCP 10.0.0.9 90
add ns ip 10.0.0.7 255.0.255.0
add route 10.0.1.5 255.255.255.0 10.0.0.254
add responder policy p "HTTP.REQ.URL.CONTAINS(\\"x\\")" DROP
bind lb vserver tcp s
bind lb vserver tcp -policyName p -priority 1
set lb vserver v -td 0
"""
    fleet = {"appliances": {"box": {"nodes": ["127.0.0.1:0"], "ns_conf": lines}}}
    with Simulator(fleet) as simulator:
        node = simulator.appliance("box").state()
    assert [line.partition(":")[0] for line in node["unknown_lines"]] == [
        f"line {number}" for number in (4, 5, 7, 9, 10, 12, 13, 15, 16, 17)
    ]
    running = node["nodes"][0]["running"]
    assert [row["name"] for row in running["server"]] == ["web", "one"]
    assert running["server"][0]["domain"] == "web.example.com"


@pytest.mark.fact("arguments-known", "unknown-argument")
def test_arguments_that_a_type_does_not_have(group: Any) -> None:
    """1090, for bindings 278 (provider notes on sslkeyfile; provider issue 1091), also where the path names the object."""
    group.post("lbvserver", {"name": "v", "servicetype": "HTTP"})
    for path in ("server?args=nonsense:1", "server/s1?args=nonsense:1"):
        assert group.get(path).code == 1090, path
    assert group.rows("server/s1?args=ipaddress:192.0.2.1")[0]["name"] == "s1"  # as the vendor's collection asks
    assert group.get("lbvserver_service_binding/v?args=nonsense:1").code == 278
    assert group.get(f"{MEMBERS}/g?args=servername:s1").status == 200
    assert group.delete("lbvserver/v?args=nonsense:1").code == 1090
    assert group.get("lbvserver/v").status == 200
    assert group.delete("lbvserver/v?args=td:0").status == 200


@pytest.mark.fact("rename-only-names")
def test_a_rename_has_two_names_and_nothing_else(group: Any) -> None:
    assert group.post("server", {"name": "s1", "newname": "s3", "comment": "c"}, "?action=rename").code == 278
    assert group.post("server", {"name": "s1", "newname": "s3"}, "?action=rename").status == 200


@pytest.mark.fact("acl-protocols")
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"protocol": "GRE"}, 1097),
        ({"protocol": "tcp"}, 0),
        ({"protocolnumber": 47}, 0),
        ({"protocol": "UDP", "established": True}, 1016),
        ({"protocol": "TCP", "established": True}, 0),
        ({"established": True}, 1016),
        ({"protocol": "ICMP", "icmpcode": 1}, 1093),
        ({"protocol": "ICMP", "icmptype": 3, "icmpcode": 1}, 0),
        ({"srcmac": "nonsense"}, 1074),
        ({"srcmac": "02:00:00:aB:cd:0"}, 0),
    ],
)
def test_protocols_of_acls(box: Any, more: dict[str, Any], code: int) -> None:
    answer = box.post("nsacl", {"aclname": "a", "aclaction": "DENY", **more})
    assert (answer.code if answer.body else 0) == code
    if more.get("protocol") == "GRE":
        assert box.post("nsacl6", {"acl6name": "a", "acl6action": "DENY", "protocol": "ICMP"}).code == 1097


@pytest.mark.fact("unset-consistent")
def test_an_unset_leaves_a_consistent_acl(box: Any) -> None:
    ports = {"protocol": "TCP", "destport": True, "destportval": "443", "srcip": True, "srcipval": "192.0.2.1"}
    assert box.post("nsacl", {"aclname": "a", "aclaction": "DENY", **ports}).status == 201
    assert box.post("nsacl", {"aclname": "a", "protocol": True}, "?action=unset").code == 871
    assert box.post("nsacl", {"aclname": "a", "srcip": True}, "?action=unset").status == 200
    (row,) = box.rows("nsacl/a")
    assert not {"srcip", "srcipval", "srcipop"} & row.keys()
    assert box.post("nsacl", {"aclname": "a", "protocol": True, "destport": True}, "?action=unset").status == 200


@pytest.mark.fact("bind-point-of-a-protocol")
def test_a_policy_about_http_stays_at_bind_points_of_http(protocols: Any) -> None:
    """3910 where requests of other protocols are evaluated (error list)."""
    kinds = (
        "responderglobal_responderpolicy_binding",
        "csvserver_responderpolicy_binding",
        "vpnvserver_responderpolicy_binding",
    )
    for policy, code in (("url", 3910), ("address", 0)):
        for kind, where in zip(
            kinds,
            (
                {"policyname": policy, "type": "OTHERTCP_REQ_OVERRIDE"},
                {"policyname": policy, "name": "cs_HTTP", "bindpoint": "OTHERTCP_REQUEST"},
                {"policy": policy, "name": "gateway", "bindpoint": "ICA_REQUEST"},
            ),
            strict=True,
        ):
            answer = protocols.post(kind, {**where, "priority": 5})
            assert (answer.code if answer.body else 0) == code, kind
    assert protocols.post(kinds[0], {"policyname": "url", "type": "REQ_OVERRIDE", "priority": 7}).status == 201


@pytest.mark.fact("invocation-arguments")
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"labeltype": "policylabel", "labelname": "h"}, 1093),
        ({"labelname": "h"}, 1093),
        ({"invoke": True, "labeltype": "policylabel"}, 1093),
        ({"invoke": True, "labeltype": "nonsensevserver", "labelname": "HTTP"}, 1097),
        ({"invoke": True, "labeltype": "reqvserver", "labelname": "HTTP"}, 0),
    ],
)
def test_an_invocation_has_all_its_arguments(protocols: Any, more: dict[str, Any], code: int) -> None:
    """invoke, labelType and labelName need each other (command reference, bind lb vserver)."""
    protocols.post("responderpolicylabel", {"labelname": "h"})
    bound = {"name": "HTTP", "policyname": "url", "priority": 1, **more}
    answer = protocols.post("lbvserver_responderpolicy_binding", bound)
    assert (answer.code if answer.body else 0) == code


@pytest.mark.fact("arguments-known")
def test_features_and_modes_have_one_argument(box: Any) -> None:
    assert box.post("nsfeature", {"feature": ["LB"], "nonsense": 1}, "?action=enable").code == 278
    assert box.post("nsmode", {"mode": ["FR"], "nonsense": 1}, "?action=enable").code == 278
