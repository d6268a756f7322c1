# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The SSL settings of virtual servers, and the certificates that are bound to them."""

from __future__ import annotations

import pytest

from tests.conformance.simulator.in_process import Nitro

BOUND = "sslvserver_sslcertkey_binding"


@pytest.fixture
def nitro() -> Nitro:
    made = Nitro(features=["LB", "SSL", "CS"])
    for name in ("n1", "n2", "n3"):
        assert made.code("POST", "sslcertkey", {"certkey": name, "cert": f"{name}.crt", "key": f"{name}.key"}) == 0
    for type_, name, protocol in (
        ("lbvserver", "web", "SSL"),
        ("csvserver", "switch", "SSL"),
        ("lbvserver", "plain", "HTTP"),
    ):
        assert made.code("POST", type_, {"name": name, "servicetype": protocol}) == 0
    return made


@pytest.mark.fact("ssl-vserver-exists", "ssl-vserver-missing")
def test_each_ssl_vserver_has_settings(nitro: Nitro) -> None:
    """They are read and changed, not made (reference, sslvserver); 461 and 1544 (provider; error list)."""
    assert [row["vservername"] for row in nitro.rows("sslvserver")] == ["web", "switch"]
    (row,) = nitro.rows("sslvserver/web")
    assert (row["ssl3"], row["sesstimeout"], row["cleartextport"]) == ("ENABLED", "120", 0)
    assert nitro.put("sslvserver", {"vservername": "web", "ssl3": "DISABLED", "sesstimeout": 60}).status == 200
    assert nitro.lines("ssl vserver") == ["set ssl vserver web -ssl3 DISABLED -sessTimeout 60"]
    assert nitro.reloaded() == nitro.text()
    assert (
        nitro.post("sslvserver?action=unset", {"vservername": "web", "ssl3": True, "sesstimeout": True}).status == 200
    )
    assert nitro.lines("ssl vserver") == []
    assert (nitro.get("sslvserver/no").status, nitro.code("GET", "sslvserver/no")) == (404, 461)
    assert nitro.code("GET", "sslvserver/plain") == 1544
    assert nitro.code("PUT", "sslvserver", {"vservername": "plain", "ssl3": "DISABLED"}) == 1544
    assert nitro.code("POST", "sslvserver", {"vservername": "web"}) == 1240
    assert nitro.code("DELETE", "sslvserver/web") == 1240


@pytest.mark.fact("ssl-vserver-settings")
@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"dhcount": 1, "dh": "ENABLED", "dhfile": "dh.key"}, 1551),
        ({"sesstimeout": 0}, 1552),
        ({"ersacount": 499}, 1553),
        ({"dh": "ENABLED"}, 1555),
        ({"ersacount": 500, "ersa": "DISABLED"}, 1559),
        ({"dhcount": 500}, 1560),
        ({"sesstimeout": 5, "sessreuse": "DISABLED"}, 1561),
        ({"redirectportrewrite": "ENABLED"}, 1585),
    ],
)
def test_settings_against_each_other(nitro: Nitro, settings: dict[str, object], code: int) -> None:
    """Error list, SSL."""
    before = nitro.text()
    assert nitro.code("PUT", "sslvserver", {"vservername": "web", **settings}) == code
    assert nitro.text() == before


@pytest.mark.fact(
    "ssl-certificate-bound", "ssl-certificate-replaced", "ssl-certificate-in-use", "ssl-certificate-unbound"
)
def test_a_certificate_is_bound(nitro: Nitro) -> None:
    """One server certificate, which a later one replaces with 1546; CA and SNI certificates beside it (reference; error list)."""
    assert nitro.put(BOUND, {"vservername": "web", "certkeyname": "n1"}).status == 201
    assert nitro.code("PUT", BOUND, {"vservername": "web", "certkeyname": "n1"}) == 273
    assert nitro.code("PUT", BOUND, {"vservername": "web", "certkeyname": "no"}) == 1540
    assert nitro.code("PUT", BOUND, {"vservername": "no", "certkeyname": "n1"}) == 461
    assert nitro.code("PUT", BOUND, {"vservername": "plain", "certkeyname": "n1"}) == 1544
    reply = nitro.post(f"{BOUND}?warning=yes", {"vservername": "web", "certkeyname": "n2"})
    assert (reply.status, reply.code) == (209, 1546)
    for flag, name in (("ca", "n1"), ("snicert", "n3")):
        assert nitro.put(BOUND, {"vservername": "web", "certkeyname": name, flag: True}).status == 201
    flags = {row["certkeyname"]: (row["ca"], row["snicert"]) for row in nitro.rows(f"{BOUND}/web")}
    assert flags == {"n2": (False, False), "n1": (True, False), "n3": (False, True)}
    assert nitro.lines("bind ssl") == [
        "bind ssl vserver web -certkeyName n2",
        "bind ssl vserver web -certkeyName n1 -CA",
        "bind ssl vserver web -certkeyName n3 -SNICert",
    ]
    assert nitro.reloaded() == nitro.text()
    assert nitro.code("DELETE", "sslcertkey/n1") == 1541
    assert nitro.code("DELETE", f"{BOUND}/web?args=certkeyname:n1") == 1542  # it is bound as a CA certificate
    assert nitro.delete(f"{BOUND}/web?args=certkeyname:n1,ca:true").status == 200
    assert nitro.delete("sslcertkey/n1").status == 200
    (row,) = nitro.rows("sslvserver_binding/web")
    assert [bound["certkeyname"] for bound in row[BOUND]] == ["n2", "n3"]
    assert nitro.put(BOUND, {"vservername": "web", "certkeyname": "ns-server-certificate"}).status == 201


@pytest.mark.fact("ssl-vserver-exists")
def test_settings_and_certificates_belong_to_the_vserver(nitro: Nitro) -> None:
    """They follow a rename and go with the vserver (reference, sslvserver: its settings)."""
    nitro.put("sslvserver", {"vservername": "switch", "tls1": "DISABLED"})
    nitro.put(BOUND, {"vservername": "switch", "certkeyname": "n1"})
    assert nitro.post("csvserver?action=rename", {"name": "switch", "newname": "shop"}).status == 200
    assert nitro.lines("ssl vserver") == [
        "set ssl vserver shop -tls1 DISABLED",
        "bind ssl vserver shop -certkeyName n1",
    ]
    assert nitro.delete("csvserver/shop").status == 200
    assert nitro.lines("ssl vserver") == []
    assert nitro.delete("sslcertkey/n1").status == 200


@pytest.mark.fact("ssl-certificate-bound")
def test_a_ca_certificate_is_no_server_certificate(nitro: Nitro) -> None:
    """1547 without a private key (error list)."""
    assert nitro.delete("sslcertkey/n3").status == 200
    assert nitro.post("sslcertkey", {"certkey": "ca", "cert": "n3.crt"}).status == 201
    assert nitro.code("PUT", BOUND, {"vservername": "web", "certkeyname": "ca"}) == 1547
    assert nitro.put(BOUND, {"vservername": "web", "certkeyname": "ca", "ca": True}).status == 201


def test_a_bound_certificate_goes_to_the_peer_and_survives_a_save() -> None:
    nitro = Nitro(nodes=2, features=["LB", "SSL"])
    nitro.post("sslcertkey", {"certkey": "n1", "cert": "n1.crt", "key": "n1.key"})
    nitro.post("lbvserver", {"name": "web", "servicetype": "SSL"})
    assert nitro.put(BOUND, {"vservername": "web", "certkeyname": "n1"}).status == 201
    first, second = nitro.box.nodes
    assert first.running.table(BOUND) == second.running.table(BOUND) != {}
    assert nitro.post("nsconfig?action=save", {}).status == 200
    nitro.box.reboot(first)
    assert first.saved.table(BOUND) == second.running.table(BOUND) != {}


@pytest.mark.fact("vserver-needs-certificate")
def test_without_a_certificate_it_is_down(nitro: Nitro) -> None:
    """Of any type; certificates of issuers do not count; statistics say so too."""

    def states() -> tuple[str, str, str]:
        (row,), (counted,) = nitro.rows("csvserver/switch"), nitro.rows("csvserver/switch", kind="stat")
        (ssl,) = nitro.rows("sslvserver/switch", kind="stat")
        return row["curstate"], counted["state"], ssl["state"]

    assert states() == ("DOWN", "DOWN", "DOWN")
    nitro.put(BOUND, {"vservername": "switch", "certkeyname": "n1", "ca": True})
    assert states() == ("DOWN", "DOWN", "DOWN")
    nitro.put(BOUND, {"vservername": "switch", "certkeyname": "n2"})
    assert states() == ("UP", "UP", "UP")
    assert nitro.code("POST", "csvserver?action=disable", {"name": "switch"}) == 0
    assert states() == ("OUT OF SERVICE", "OUT OF SERVICE", "OUT OF SERVICE")
