# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which secrets a configuration holds, by name: what is to be replaced after an intrusion. Values are never kept. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST_LINES = 200_000
LONGEST_LINE = 16_384
_WORD = re.compile(rb'"(?:\\.|[^"\\])*"|\S+')


@dataclass(frozen=True)
class SecretKind:
    """A kind of secret in a configuration.

    :ivar noun: of the type, as the command line has it
    :ivar options: one of them must be on the line; () for every line
    :ivar what: for people; steps: how it is replaced
    :ivar name_is_secret: the name of the object is the secret
    """

    noun: str
    options: tuple[str, ...]
    what: str
    steps: str
    name_is_secret: bool = False


_CERTIFICATE = "a new key and certificate, bind it, have the old certificate revoked"
_SHARED = "a new value on both sides"
KINDS = (
    SecretKind("ssl certKey", ("-key",), "private key of a certificate", _CERTIFICATE),
    SecretKind("system user", (), "password of an administrator", "a new password; remove accounts that nobody knows"),
    SecretKind("authentication ldapAction", ("-ldapbinddnpassword",), "password of the LDAP account", _SHARED),
    SecretKind("authentication radiusAction", ("-radkey",), "RADIUS secret", _SHARED),
    SecretKind("authentication tacacsAction", ("-tacacssecret",), "TACACS+ secret", _SHARED),
    SecretKind("authentication OAuthAction", ("-clientsecret",), "OAuth client secret", _SHARED),
    SecretKind("authentication emailAction", ("-password",), "password of the mail account", _SHARED),
    SecretKind("authentication captchaAction", ("-secretkey",), "captcha secret", _SHARED),
    SecretKind(
        "authentication samlAction",
        ("-samlsigningcertname",),
        "key that signs SAML requests",
        "a new key and certificate here, its certificate at the identity provider",
    ),
    SecretKind(
        "authentication samlIdPProfile",
        ("-samlidpcertname",),
        "key that signs SAML assertions",
        "a new key and certificate here, its certificate at each service provider",
    ),
    SecretKind("aaa kcdAccount", ("-kcdpassword", "-keytab"), "Kerberos delegation account", _SHARED),
    SecretKind("aaa user", ("-password",), "password of a local user", "a new password"),
    SecretKind("aaa ldapParams", ("-ldapbinddnpassword",), "password of the LDAP account", _SHARED),
    SecretKind("aaa radiusParams", ("-radkey",), "RADIUS secret", _SHARED),
    SecretKind("ns rpcNode", ("-password",), "password between nodes", "the same new value on all nodes"),
    SecretKind("snmp community", (), "SNMP community", "a new community, or SNMP version 3", name_is_secret=True),
    SecretKind("snmp user", ("-authpasswd", "-privpasswd"), "passwords of an SNMP user", _SHARED),
    SecretKind("lb monitor", ("-password", "-secondarypassword"), "password of a monitor", _SHARED),
    SecretKind("db user", ("-password",), "password of a database user", _SHARED),
    SecretKind("ns encryptionKey", ("-keyvalue",), "encryption key of policies", "a new key"),
    SecretKind("ns hmacKey", ("-keyvalue",), "HMAC key of policies", "a new key"),
)
"""Types and options of the command reference (13.1) that hold a secret."""
_BY_WORDS: Mapping[tuple[bytes, ...], SecretKind] = {tuple(kind.noun.lower().encode().split()): kind for kind in KINDS}


@dataclass(frozen=True)
class Secret:
    """One secret.

    :ivar name: of the object that holds it; "" where the name itself is the secret
    :ivar place: the file that has it
    """

    kind: SecretKind
    name: str
    place: str


def secrets_of(content: bytes, place: str) -> tuple[list[Secret], bool]:
    """Return the secrets of a configuration, each object once, in the order of :data:`KINDS`; and True if all lines were looked at.

    :param place: its file
    """
    lines = content.split(b"\n", MOST_LINES)
    kept = [line for line in lines[:MOST_LINES] if len(line) <= LONGEST_LINE]
    found = dict.fromkeys(secret for line in kept for secret in _secret(line, place))
    order = list(KINDS)
    return sorted(found, key=lambda secret: order.index(secret.kind)), len(kept) == len(lines)


def _secret(line: bytes, place: str) -> Iterator[Secret]:
    words = [match[0] for match in itertools.islice(_WORD.finditer(line), 4)]
    kind = _BY_WORDS.get(tuple(word.lower() for word in words[1:3]))
    if kind is None or words[0].lower() not in (b"add", b"set"):
        return
    if kind.options:
        options = {match[0].lower().decode("latin-1") for match in _WORD.finditer(line)}
        if not options.intersection(kind.options):
            return
    name = words[3].decode("latin-1").strip('"') if len(words) > 3 and not words[3].startswith(b"-") else ""
    yield Secret(kind, "" if kind.name_is_secret else name, place)
