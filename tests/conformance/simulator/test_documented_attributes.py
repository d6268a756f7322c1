# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every documented attribute is accepted, checked, stored, shown, written to ns.conf and read from it."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest

from simulator.configuration import nsconf_reader, nsconf_writer
from simulator.configuration.configuration import Configuration
from simulator.nitro.computed_attributes import COMPUTED
from simulator.nitro.generic_reads import show
from simulator.types import BINDINGS, TYPES, Attribute, Type
from simulator.types.documented_attributes import DOCUMENTED, PATH, Secret, attribute, read
from simulator.types.errors import NitroError
from tests.attribute_coverage import outcomes
from tests.played_together import played_together
from tests.reference_pages import written
from tests.unit.simulator.rows import appliance, value

BOX = appliance()
ROWS: dict[str, dict[str, Any]] = {
    "lbvserver": {"name": "v", "servicetype": "HTTP", "ipv46": "192.0.2.1", "port": 80},
    "csvserver": {"name": "v", "servicetype": "HTTP", "ipv46": "192.0.2.1", "port": 80},
    "vpnvserver": {"name": "v", "servicetype": "SSL", "ipv46": "192.0.2.1", "port": 443},
    "authenticationvserver": {"name": "v", "servicetype": "SSL", "ipv46": "192.0.2.1", "port": 443},
    "server": {"name": "s", "ipaddress": "192.0.2.2"},
    "service": {"name": "x", "servername": "s", "servicetype": "HTTP", "port": 80},
    "servicegroup": {"servicegroupname": "g", "servicetype": "HTTP"},
    "authenticationldapaction": {"name": "a", "serverip": "192.0.2.3"},
    "authenticationradiusaction": {"name": "a", "serverip": "192.0.2.3"},
    "auditsyslogaction": {"name": "a", "serverip": "192.0.2.3", "loglevel": ["ALL"]},
    "route": {"network": "198.51.100.0", "netmask": "255.255.255.0", "gateway": "192.0.2.254"},
    "dnsnameserver": {"ip": "192.0.2.53"},
    "nspartition": {"partitionname": "p1"},
    "nsip": {"ipaddress": "192.0.2.4", "netmask": "255.255.255.0"},
    "nsip6": {"ipv6address": "2001:db8::1/64"},
    "appfwprofile": {"name": "p"},
}
PUBLISHED = """
activeservices appflowlog authentication authn401 backuplbmethod bypassaaaa cacheable cachetype clttimeout connfailover consolidatedlconn
consolidatedlconngbl curstate datalength dataoffset disableprimaryondown dns64 downstateflush dynamicweight effectivestate gt2gb health
healththreshold hits icmpvsrresponse insertvserveripport invoke ipmapping ipmask ippattern ipv46 isgslb l2conn lbmethod lbrrreason
listenpolicy m macmoderetainvlan map maxautoscalemembers minautoscalemembers name newservicerequestunit persistencebackup persistencetype
persistmask pipolicyhits policysubtype port priority processlocal push pushlabel pushmulticlients range redirectportrewrite
retainconnectionsoncluster rhistate rtspnat ruletype servicetype sessionless skippersistency somethod sopersistence sopersistencetimeout
status td thresholdvalue timeout totalservices trofspersistence type v6persistmasklen version vsvrbindsvcip vsvrbindsvcport
vsvrdynconnsothreshold
"""
SERVICE = """
accessdown appflowlog cacheable cachetype cip cka clmonview clttimeout cmp customserverid delay downstateflush dup_state dup_weight
failedprobes graceful gslb healthmonitor ipaddress maxbandwidth maxclient maxreq monitorcurrentfailedprobes monitortotalfailedprobes
monitortotalprobes monstatcode monstate monstatparam1 monstatparam2 monstatparam3 monthreshold name numofconnections passive
pathmonitor pathmonitorindv policyname port processlocal publicip publicport responsetime rtspsessionidremap sc serviceconftype2
serviceipstr servicetype servername sp stateupdatereason svrstate svrtimeout tcpb td useproxyport usip
"""
GROUP = """
appflowlog cacheable cachetype cip cka clttimeout cmp delay downstateflush graceful groupcount hashid ip maxbandwidth maxclient maxreq
monstatcode monstate monstatparam1 monstatparam2 monstatparam3 monthreshold monweight numofconnections port rtspsessionidremap sc
serviceconftype servicegroupname servicetype sp state stateupdatereason svrtimeout tcpb useproxyport usip weight
"""
WRITABLE = [
    pytest.param(TYPES[name], one, id=f"{name}.{one.name}")
    for name in DOCUMENTED
    if name in TYPES
    for one in TYPES[name].attributes
    if one.stored_only and not one.read_only
]


def made(type_: Type, **more: Any) -> Configuration:
    """Return a configuration with an object of a type and the objects that it names."""
    configuration = Configuration()
    if type_.name == "service":
        configuration.create(TYPES["server"], ROWS["server"], BOX)
    if type_.can_create:
        configuration.create(type_, {**ROWS[type_.name], **more}, BOX)
    else:
        configuration.update(type_, more, BOX)
    return configuration


def the_row(configuration: Configuration, type_: Type) -> dict[str, Any]:
    return next(iter(configuration.table(type_.name).values()))


@played_together("name", sorted(DOCUMENTED))
def test_an_attribute_is_described_once(name: str) -> None:
    """The file has only what the type's own table does not have."""
    entry = TYPES.get(name) or BINDINGS[name]
    assert [one.name for one in DOCUMENTED[name] if one not in entry.attributes] == []
    assert DOCUMENTED[name]


@pytest.mark.fact("documented-attributes")
@played_together(("type_", "one"), WRITABLE)
def test_a_documented_attribute_is_stored(type_: Type, one: Attribute) -> None:
    given = value(one, type_, Random(one.name))
    before = next((other for other in type_.attributes if other.unit == one.name), None)  # one option has both
    configuration = made(type_, **{one.name: given}, **({before.name: before.enum[0]} if before else {}))
    stored = the_row(configuration, type_)[one.name]
    assert stored == given or isinstance(one, Secret)
    assert show(BOX.primary, type_, the_row(configuration, type_))[one.name] == one.show(stored)

    text = nsconf_writer.text(BOX.build, configuration)
    assert before or f" -{one.cli or one.name}" in re.findall(r" -\w+", text)
    loaded = nsconf_reader.load(text.replace(f"-{one.cli} ", f"-{one.cli.lower()} "), BOX)
    assert not loaded.unknown
    assert the_row(loaded.configuration, type_)[one.name] == stored

    if type_.can_update and not one.create_only:
        key = {type_.key: ROWS[type_.name][type_.key]} if type_.key else {}
        configuration.update(type_, {**key, one.name: given}, BOX)
        if one.can_unset:
            configuration.unset(type_, {**key, one.name: True}, BOX)
            left = configuration.table(type_.name)
            assert not left or one.name not in the_row(configuration, type_)


@pytest.mark.fact("documented-attributes")
@played_together(("type_", "one"), WRITABLE)
def test_a_wrong_value_is_refused(type_: Type, one: Attribute) -> None:
    wrong = [(code, bad) for code, bad in _wrong(one) if bad is not None]
    for code, bad in wrong:
        with pytest.raises(NitroError) as refused:
            made(type_, **{one.name: bad})
        assert refused.value.code == code, bad
    assert wrong


def _wrong(one: Attribute) -> list[tuple[int, Any]]:
    """Return wrong values with their error codes."""
    if one.kind in ("number", "count"):
        low = one.low - 1 if one.low is not None else None
        return [(1074, "x"), (1108, one.high + 1 if one.high else None), (1109, low)]
    if one.kind == "list":
        return [(1234, [{}]), (1097, ["OSPF", "nothing"] if one.enum else None)]
    if one.enum:
        return [(1097, "no such value")]
    return [
        (1234, {"x": 1}),
        (1106, "x" * (one.high + 1) if one.high else None),
        (1107, "x" * (one.low - 1) if one.low else None),
    ]


@pytest.mark.fact("documented-attributes-shown")
def test_a_published_row_of_a_load_balancing_vserver() -> None:
    """The keys and values of a published answer for a new vserver of HTTP, without its times."""
    type_ = TYPES["lbvserver"]
    row = show(BOX.primary, type_, {"name": "Test123", "servicetype": "HTTP"})
    assert set(row) - {"ip"} == set(PUBLISHED.split())
    numbers = {"timeout": 2, "port": 0, "status": 0, "lbrrreason": 0, "thresholdvalue": 0, "version": 0}
    strings = {
        "clttimeout": "180",
        "td": "0",
        "range": "1",
        "sopersistencetimeout": "2",
        "totalservices": "0",
        "hits": "0",
    }
    for name, expected in {**numbers, **strings, "invoke": False, "isgslb": False, "ippattern": "0.0.0.0"}.items():
        assert row[name] == expected, name
        assert type(row[name]) is type(expected), name
    assert not {"hashlength", "listenpriority", "oracleserverversion", "dbslb", "comment"} & set(row)


@pytest.mark.fact("documented-attributes-shown")
@pytest.mark.parametrize(("name", "published"), [("service", SERVICE), ("servicegroup", GROUP)])
def test_published_rows_of_services(name: str, published: str) -> None:
    """The keys of published answers, without times and the results of probes; the JSON types of some."""
    box = appliance(configuration={kind: [ROWS[kind]] for kind in ("server", "service", "servicegroup")})
    row = show(box.primary, TYPES[name], the_row(box.primary.running, TYPES[name]))
    assert set(published.split()) <= set(row)
    for key, expected in {"clttimeout": 180, "svrtimeout": 360, "maxclient": "0", "delay": 0, "usip": "NO"}.items():
        assert row[key] == expected, key
        assert type(row[key]) is type(expected), key
    if name == "service":
        assert (row["ipaddress"], row["policyname"], row["publicport"], row["td"]) == ("192.0.2.2", "s", 80, "0")


@pytest.mark.fact("documented-defaults")
def test_defaults_may_be_hidden() -> None:
    """What a client set is shown in both positions."""
    hiding, row = (
        appliance(switches={"documented_defaults": "hidden"}),
        {"name": "v", "servicetype": "SSL", "loginonce": "ON"},
    )
    assert show(BOX.primary, TYPES["vpnvserver"], row)["devicecert"] == "OFF"
    assert "devicecert" not in show(hiding.primary, TYPES["vpnvserver"], row)
    assert show(hiding.primary, TYPES["vpnvserver"], row)["loginonce"] == "ON"


@pytest.mark.fact("client-timeout")
@pytest.mark.parametrize(
    ("protocol", "seconds"), [("HTTP", 180), ("SSL", 180), ("TCP", 9000), ("UDP", 120), ("DNS", 120)]
)
def test_the_default_timeout_depends_on_the_protocol(protocol: str, seconds: int) -> None:
    assert show(BOX.primary, TYPES["csvserver"], {"name": "v", "servicetype": protocol})["clttimeout"] == str(seconds)
    assert show(BOX.primary, TYPES["service"], {"name": "v", "servicetype": protocol})["clttimeout"] == seconds


@pytest.mark.fact("addresses-iptype")
def test_addresses_show_a_list_of_types() -> None:
    assert show(BOX.primary, TYPES["nsip"], {"ipaddress": "192.0.2.1", "type": "VIP"})["iptype"] == ["VIP"]
    assert show(BOX.primary, TYPES["nsip6"], {"ipv6address": "2001:db8::1/64"})["iptype"] == ["SNIP"]


@pytest.mark.fact("secret-attributes")
def test_a_password_is_never_shown_or_written() -> None:
    configuration = made(TYPES["authenticationradiusaction"], radkey="s3cret-word")
    row = show(
        BOX.primary, TYPES["authenticationradiusaction"], the_row(configuration, TYPES["authenticationradiusaction"])
    )
    text = nsconf_writer.text(BOX.build, configuration)
    assert "s3cret-word" not in text + repr(row) + repr(configuration.rows)
    assert f"-radKey {row['radkey']} -encrypted -encryptmethod ENCMTHD_3" in text


def test_defaults_are_not_stored() -> None:
    assert the_row(made(TYPES["lbvserver"]), TYPES["lbvserver"]) == ROWS["lbvserver"]


def test_no_documented_operation_is_refused() -> None:
    refused = [place for place, outcome in outcomes(PATH.read_text(encoding="ascii")).items() if outcome == "refused"]
    assert refused == []


def test_the_tables_have_precedence() -> None:
    for name, listed in DOCUMENTED.items():
        entry = TYPES.get(name) or BINDINGS[name]
        added = [one for one in entry.attributes if any(one is other for other in listed)]
        own = {one.name.lower() for one in entry.attributes[: len(entry.attributes) - len(added)]}
        assert added == [one for one in listed if one.name.lower() not in own], name
        assert len(entry.by_lower_name) == len(entry.attributes), name
        for one in listed:
            assert not one.read_only or one.default is not None or one.name in COMPUTED, (
                f"{name}.{one.name} is never shown"
            )


def test_the_file_is_in_its_canonical_form() -> None:
    """What tests/reference_pages.py writes, and nothing else, so that it can be made again."""
    text = PATH.read_text(encoding="ascii")
    head = text.partition("\n[")[0]
    for line in text.splitlines():
        if line and line[0] not in "#[":
            assert written(attribute(line)) == line
    assert read(text) == DOCUMENTED
    assert head.startswith("#")


@pytest.mark.fact("documented-attributes")
def test_through_nitro(box: Any) -> None:
    """Attributes that public clients send: made, found, changed, unset; unknown ones are still refused."""
    assert box.post("lbvserver", {"name": "v", "servicetype": "HTTP", "toggleorder": "DESCENDING"}).status == 201
    assert box.put("lbvserver", {"name": "v", "clttimeout": 60, "downstateflush": "DISABLED"}).code == 0
    assert [row["name"] for row in box.rows("lbvserver?filter=clttimeout:60")] == ["v"]
    assert box.rows("lbvserver/v?attrs=clttimeout,timeout,toggleorder") == [
        {"clttimeout": "60", "timeout": 2, "toggleorder": "DESCENDING"}
    ]
    assert box.post("lbvserver", {"name": "v", "clttimeout": True}, "?action=unset").code == 0
    assert box.rows("lbvserver/v")[0]["clttimeout"] == "180"
    assert box.put("lbvserver", {"name": "v", "clttimeout": 31536001}).code == 1108
    assert box.put("lbvserver", {"name": "v", "nosuchattribute": 1}).code == 278
    assert (
        box.post(
            "servicegroup", {"servicegroupname": "g", "servicetype": "HTTP", "autoscale": "DNS", "usip": "YES"}
        ).status
        == 201
    )
    assert box.put("systemparameter", {"timeout": 1200}).code == 0
    assert box.get("systemparameter").json["systemparameter"]["timeout"] == "1200"
    text = box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    assert "set system parameter -timeout 1200" in text
    assert "add serviceGroup g HTTP -usip YES -autoScale DNS" in text
