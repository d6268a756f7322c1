# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Work that every worker would repeat, done once in the process that Ansible forks its workers from.

Only caches are filled, by the same functions that a worker calls: where a cache cannot be filled here, or an appliance has other
variables, the worker does the work itself. The callback ``prefork`` calls this module.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import ssl
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..appliance.nitro import node_start
from ..appliance.nitro.appliance import Appliance
from ..appliance.nitro.session import context_of
from ..catalogue.desired_state_template import plain_template, template_of
from ..catalogue.entry_file import load_catalogue
from ..catalogue.mitigation import entries
from ..change.records import lock_content
from ..foundation.dataclass_json import resolve_types
from ..measures.kind import Template
from ..measures.registry import inventory_kinds, load_entry_measure
from ..policy_language.syntax import parse
from ..verbs.common.role_variables import APPLIANCE, ROLE_DEFAULTS, option_values
from ..verbs.registry import verb_of
from .role_arguments import OF_THE_CATALOGUE, catalogue_of

TLS_VARIABLES = ("ca_file", "validate_certs", "certificate_pin", "minimum_tls")


def warm_up_process() -> None:
    """Fill the caches that depend on no variable: tables of the standard library, and OpenSSL's."""
    for form in (node_start.CLOCK, lock_content.CLOCK):
        with contextlib.suppress(ValueError):
            datetime.strptime("", form)  # noqa: DTZ007 -- it compiles the form
    unquote("%20")
    http.client.parse_headers(io.BytesIO(b"Content-Length: 0\r\n\r\n"))
    with contextlib.suppress(ssl.SSLError):  # OpenSSL was built without anonymous suites, or forbids them
        warm_up_tls()


def warm_up_tls() -> None:
    """Make one handshake in memory, without a certificate: OpenSSL then has what it makes once in a process.

    That is more than half of a worker's first handshake.

    :raises ssl.SSLError: where OpenSSL has no anonymous cipher suites
    """
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = _anonymous(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(to_client, to_server)
    server = _anonymous(ssl.PROTOCOL_TLS_SERVER).wrap_bio(to_server, to_client, server_side=True)
    newest = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost"
    )
    for side in (newest, client, server, client, server, client):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()


def _anonymous(side: int) -> ssl.SSLContext:
    """Return the TLS settings of a handshake without certificates."""
    context = ssl.SSLContext(side)
    if side == ssl.PROTOCOL_TLS_CLIENT:
        context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 has no suite without a certificate
    context.set_ciphers("ECDH+aNULL:@SECLEVEL=0")
    return context


def warm_up_task(action: str, role: str, variables: Mapping[str, Any], template: Template) -> None:
    """Read the catalogue entry, compile its template and read the CA file of a task; no error is raised or reported.

    No secret is templated, so no look-up of a password is repeated.

    :param action: the name of the action, without its collection
    :param role: the role whose options the variables give
    :param variables: those of the first appliance of the task
    :param template: renders the value of a variable, by name and value
    """
    with contextlib.suppress(Exception):
        given = {name: variables[APPLIANCE + name] for name in TLS_VARIABLES if APPLIANCE + name in variables}
        needed = {"nodes": ["192.0.2.1"], "user": "nobody", "password": "none"}
        plain = {name: template(name, value) for name, value in given.items()}
        context_of(Appliance.from_variables("prefork", {**needed, **json.loads(json.dumps(plain))}))
    with contextlib.suppress(Exception):
        options = ROLE_DEFAULTS | option_values(
            ("mitigation", "catalogue", "version", "template", *OF_THE_CATALOGUE), role, variables, template
        )
        _resolve_types_of_answers()
        measure = str(options["mitigation"])
        catalogue = catalogue_of(str(options["catalogue"]), options, variables)
        if measure in inventory_kinds():
            inventory_kinds()[measure].load()
        elif (verb := verb_of(action)) is not None and verb.reads_whole_catalogue(measure):
            load_catalogue(catalogue)
            for id_ in entries(catalogue):
                _warm_up_mitigation(catalogue / id_, 0, None)
        else:
            _warm_up_mitigation(catalogue / measure, options["version"], options.get("template"))
        _warm_up_parser()


def _warm_up_mitigation(entry: Path, version: Any, template: Any) -> None:
    """Read a mitigation with its traffic, and compile its template.

    :param version: None or 0 for the current one
    :param template: the file of an operator's own template
    """
    load_entry_measure(entry).traffic.fingerprint  # noqa: B018 -- a cached property
    plain_template(template_of(entry, version, template)[1])


def _warm_up_parser() -> None:
    """Make the parser of expressions, which takes longer than a plan."""
    parse("TRUE")


def _resolve_types_of_answers() -> None:
    """Resolve the types of what workers read from the cache of results."""
    # The actions of these roles have loaded it. To others it would be 0.1 s at the start of each playbook.
    from ..policies.assessment import Assessment  # noqa: PLC0415 -- see above

    resolve_types(Assessment)
