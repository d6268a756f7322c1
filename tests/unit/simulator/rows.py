# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random rows of the simulator's types: mostly valid, with few names, so that they refer to each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from simulator.appliance.appliance import Appliance
from simulator.fleet_file.loader import load
from simulator.node.state import Listener
from simulator.types import Attribute, Binding, Type

BORN = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ["n1", "n2", "n3", "a b", "q#x"]
CHARACTERS = "ab1 -#\\\"'\n\r\t\x0b\x85(){}q/;é"
EXPRESSIONS = {
    "boolean": ["TRUE", 'HTTP.REQ.URL.CONTAINS("/vpns/")', 'HTTP.REQ.HEADER("a b").EXISTS && n1', 'HTTP.REQ.URL.EQUALS_ANY("n2")'],
    "text": ['"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"', "HTTP.REQ.URL", '"\\"" + CLIENT.IP.SRC'],
    "any": ["TRUE", "n1", "n2 || n1", "HTTP.REQ.URL.LENGTH"],
}  # fmt: skip
EXPRESSIONS["request"] = EXPRESSIONS["boolean or classic"] = EXPRESSIONS["boolean"]
EXPRESSIONS["named"] = [*EXPRESSIONS["any"], "HTTP.RES.STATUS"]
EXPRESSIONS["message"] = [
    *EXPRESSIONS["boolean"],
    "HTTP.RES.STATUS.EQ(404)",
    "SYS.RANDOM.GT(0.5) && SYS.HTTP_CALLOUT(x)",
]
POOLS: dict[str, list[Any]] = {
    "ttl": [4, 600],
    "protocol": ["TCP", "UDP", "ICMP"],
    "srcipval": ["192.0.2.1", "192.0.2.1-192.0.2.9", "[10.0.0.1-10.0.0.2]"],
    "destipval": ["192.0.2.1", "192.0.2.1-192.0.2.9"],
    "srcipv6val": ["2001:db8::1", "2001:db8::1-2001:db8::9"],
    "destipv6val": ["2001:db8::1-2001:db8::9"],
    "srcportval": ["1024-65535"],
    "destportval": ["443", "80-81"],
    "priority": [1, 10, 20, 30],
    "bindpoint": ["REQUEST", "RESPONSE", "AAA_REQUEST"],
    "labeltype": ["policylabel", "vserver"],
    "labelname": NAMES,
    "invoke_labelname": NAMES,
    "gotopriorityexpression": ["END", "NEXT", "20", "USE_INVOCATION_RESULT"],
}


FORMS: dict[str, list[Any]] = {
    "ip": [f"192.0.2.{number}" for number in range(1, 9)] + ["2001:db8::1", "2001:db8::2"],
    "host": ["192.0.2.1", "2001:db8::1", "web.example.com"],
    "domain": ["web.example.com"],
    "netmask": ["255.255.255.0", "255.255.0.0", "255.255.255.255"],
    "gateway": ["192.0.2.1", "null"],
}


def _certificates() -> dict[str, str]:
    """Return n1.crt, n1.key and so on; the first certificate issues the others."""
    found = {}
    for common in NAMES[:3]:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, subject = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (NAMES[0], common))
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        certificate = (
            builder.not_valid_before(BORN).not_valid_after(BORN + timedelta(days=90)).sign(key, hashes.SHA256())
        )
        found[f"{common}.crt"] = certificate.public_bytes(Encoding.PEM).decode()
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        found[f"{common}.key"] = secret.decode()
    return found


CERTIFICATES = _certificates()


def appliance(nodes: int = 1, **more: Any) -> Appliance:
    places = [f"127.0.0.{number}:0" for number in range(1, nodes + 1)]
    files = {"files": {f"/nsconfig/ssl/{name}": text for name, text in CERTIFICATES.items()}}
    spec = load({"appliances": {"a": {"build": "14.1 17.38", "nodes": places, **files, **more}}}).appliances["a"]
    return Appliance(spec, None, [Listener(f"127.0.0.{number}", 1) for number in range(1, nodes + 1)], {})


def value(attribute: Attribute, entry: Type | Binding, luck: Random) -> Any:
    special = SPECIAL.get((entry.name, attribute.name)) or POOLS.get(attribute.name)
    pool: Any = special or FORMS.get(attribute.form) or attribute.enum
    if attribute.kind == "list" and attribute.enum:
        if "none" in attribute.enum and luck.random() < 0.5:
            return ["none"]  # which stands alone
        words = [word for word in attribute.enum if word != "none"]
        return luck.sample(words, luck.randint(1, 2))
    if attribute.expression in EXPRESSIONS:
        pool = EXPRESSIONS[attribute.expression]
    elif not pool and (attribute.refers or attribute.name in (key_of(entry), child_of(entry))):
        pool = [*NAMES, *attribute.built_in]
    if pool:
        return [luck.choice(pool)] if attribute.kind == "list" else luck.choice(pool)
    if attribute.kind in ("number", "count"):
        low = attribute.low or 0
        return luck.randint(low, min(attribute.high or 1000, low + 1000))
    if attribute.kind == "boolean":
        return luck.random() < 0.5
    if attribute.kind == "list":
        return luck.sample(["ERROR", "ALERT", "x"], luck.randint(1, 3))
    return "".join(
        luck.choice(CHARACTERS) for _ in range(luck.randint(attribute.low or 0, min(attribute.high or 12, 12)))
    )


def key_of(entry: Type | Binding) -> str:
    return entry.key if isinstance(entry, Type) else entry.parent_key


def child_of(entry: Type | Binding) -> str:
    return entry.child_key if isinstance(entry, Binding) and entry.child else ""


SPECIAL: dict[tuple[str, str], list[Any]] = {
    ("sslcertkey", "cert"): [f"{name}.crt" for name in NAMES[:3]],
    ("sslcertkey", "key"): [f"{name}.key" for name in NAMES[:3]],
    ("policydataset_value_binding", "value"): ["10.0.0.1", "10.1.0.0/16", "2001:db8::1", "5", "ff:ff:ff:ff:ff:ff"],
    ("policydataset_value_binding", "endrange"): ["10.0.0.9", "2001:db8::9", "9"],
    ("rewriteaction", "target"): [
        "X-Test",
        "HTTP.REQ.URL.PATH",
        "HTTP.RES.BODY(99)",
        '"HTTP/1.1 200 OK\\r\\n\\r\\n"',
        "a b",
    ],
    ("rewriteaction", "stringbuilderexpr"): ['"x"', 'HTTP.REQ.HEADER("a").VALUE(0) + "\\""', "SYS.HTTP_CALLOUT(x)"],
    ("rewriteaction", "pattern"): ["abc", "re~a.c~", "re~(~"],
    ("rewriteaction", "search"): ['text("a b")', "regex(re#a(b)+#)", 'patset("n2")', "xpath(xp%/a%)", "text(a)"],
    ("rewritepolicy", "undefaction"): ["NOREWRITE", "reset", "NOOP"],
    ("appfwprofile_denyurl_binding", "denyurl"): ["/vpns/", "^[^?]*[.]pl$", "a(", '"/x y"'],
    ("route", "protocol"): ["OSPF", "RIP"],
    ("nsip", "ipaddress"): ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    ("nsip", "netmask"): ["255.255.255.0", "255.255.255.255"],
    ("nsip6", "ipv6address"): ["2001:db8::1/64", "2001:db8::2/64", "fe80::1/64"],
    ("vpnvserver_vpnsessionpolicy_binding", "bindpoint"): ["REQUEST"],
    ("lbvserver", "servicetype"): ["HTTP", "HTTP", "SSL", "TCP"],
    ("csvserver", "servicetype"): ["HTTP", "HTTP", "SSL", "TCP"],
    ("service", "servicetype"): ["HTTP", "HTTP", "SSL", "TCP"],
    ("servicegroup", "servicetype"): ["HTTP", "HTTP", "SSL", "TCP"],
    ("rnat", "network"): ["10.1.0.0", "10.2.0.0"],
    ("rnat", "natip"): ["*", "192.0.2.1"],
    ("rnat_nsip_binding", "natip"): ["192.0.2.1", "192.0.2.2"],
    ("route", "network"): ["10.1.0.0", "10.1.2.0", "10.1.2.3"],
    ("location", "ipfrom"): ["192.0.2.1", "192.0.2.20", "2001:db8::1"],
    ("location", "ipto"): ["192.0.2.9", "192.0.2.29", "2001:db8::9"],
    ("location", "preferredlocation"): ["NA.US", '*.DE."a.b".Berlin', "EU"],
    ("cspolicy", "policyname"): ["c1", "c2"],  # policies of all kinds share their names
    ("csvserver_cspolicy_binding", "policyname"): ["c1", "c2"],
    **{
        (name, "httpprofilename"): ["nshttp_default_profile"]
        for name in ("lbvserver", "csvserver", "vpnvserver", "service", "servicegroup")
    },
    ("nssimpleacl", "srcip"): ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    ("nssimpleacl6", "srcipv6"): ["2001:db8::1", "2001:db8::2", "2001:db8::3"],
}


# Attributes of which an object has exactly one.
ALTERNATIVES = {
    "csaction": ("targetlbvserver", "targetvserver", "targetvserverexpr"),
    "cspolicy": ("rule", "url"),
    "rnat": ("network", "aclname", "netmask"),  # a netmask alone is refused
}
_INVOKED = ("labeltype", "labelname", "invoke_labelname")


def row(entry: Type | Binding, luck: Random) -> dict[str, Any]:
    wanted = luck.random()
    made = {
        attribute.name: value(attribute, entry, luck)
        for attribute in entry.attributes
        if not attribute.read_only and (attribute.required or attribute.name == "priority" or luck.random() < wanted)
    }
    if entry.name in ALTERNATIVES:
        chosen = luck.choice(ALTERNATIVES[entry.name])
        made = {name: content for name, content in made.items() if name not in ALTERNATIVES[entry.name]}
        made[chosen] = value(entry.by_name[chosen], entry, luck)
    named = {name for name in _INVOKED if name in made and name != key_of(entry)}
    if not (made.get("invoke") and len(named) > 1) and luck.random() < 0.9:  # what is not invoked has no name
        made = {name: item for name, item in made.items() if name not in named and name != "invoke"}
    return made
