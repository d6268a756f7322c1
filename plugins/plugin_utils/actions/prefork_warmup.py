# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all appliances of a task need, made before anybody asks for it.

Where this is done in the process that workers are forked from, each of them finds it. Everything here is done by the same functions that a
worker calls, which remember what they made; so what cannot be made here, or is another's on some appliance, is made there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.role_variables import (
    APPLIANCE,
    ROLE_DEFAULTS,
    option_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
    template_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import (
    REGISTRY,
    Template,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import context_of

TLS_VARIABLES = ("ca_file", "validate_certs", "certificate_pin", "minimum_tls")


def make_ready(role: str, variables: Mapping[str, Any], template: Template) -> None:
    """Never raises: whoever needs it will say what is wrong with it.

    No secret is asked for, so that no look-up of a password is made once more.
    """
    with contextlib.suppress(Exception):
        told = {name: variables[APPLIANCE + name] for name in TLS_VARIABLES if APPLIANCE + name in variables}
        somebody = {"nodes": ["192.0.2.1"], "user": "nobody", "password": "none"}
        plain = {name: template(name, value) for name, value in told.items()}
        context_of(Appliance.from_variables("anybody", {**somebody, **json.loads(json.dumps(plain))}))
    with contextlib.suppress(Exception):
        options = ROLE_DEFAULTS | option_values(
            ("mitigation", "catalogue", "version", "template"), role, variables, template
        )
        measure = str(options["mitigation"])
        if measure in REGISTRY:
            REGISTRY[measure].load()
            return
        entry = Path(str(options["catalogue"])).expanduser() / measure
        load_mitigation(entry).traffic.fingerprint  # noqa: B018 -- remembered from now on
        plain_template(template_of(entry, options["version"], options.get("template"))[1])
