# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how are the types handled that the table cannot describe?

Importing a module registers its reads and writes. In: a call and its row. Out: rows, and changes of the appliance.
"""

from __future__ import annotations

from simulator.nitro.handlers import (
    acls,
    administrators,
    audit_messages,
    availability,
    backups,
    certificates,
    config,
    content_switching,
    features,
    files,
    identity,
    imports,
    locations,
    monitors,
    ntp,
    partitions,
    persistence,
    policy_evaluation,
    portal,
    rnat,
    services,
    sessions,
    signatures,
    ssl_vservers,
    support,
)
from simulator.nitro.handlers.login import log_in, log_out
from simulator.nitro.handlers.registry import READS, WRITES

READS["policyevaluation"] = policy_evaluation.evaluate

__all__ = [
    "READS",
    "WRITES",
    "acls",
    "administrators",
    "audit_messages",
    "availability",
    "backups",
    "certificates",
    "config",
    "content_switching",
    "features",
    "files",
    "identity",
    "imports",
    "locations",
    "log_in",
    "log_out",
    "monitors",
    "ntp",
    "partitions",
    "persistence",
    "portal",
    "rnat",
    "services",
    "sessions",
    "signatures",
    "ssl_vservers",
    "support",
]
