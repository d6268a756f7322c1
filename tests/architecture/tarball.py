# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The patterns of ``build_ignore`` in galaxy.yml: everything is left out of the tarball that is not allowed here.

``build_ignore`` is a list of what is left out, so the patterns are made as the complement of what is allowed. The other way, ``manifest`` with its
directives, follows links while it looks for files: it never ends in a working tree, whose link below ``.collections`` leads back to it.

Ansible compares the patterns with the path of each file and directory, and ``*`` matches a ``/`` too. A directory that is left out is not entered.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from tests.architecture.graph import ROOT

GALAXY = ROOT / "galaxy.yml"
KEY = "build_ignore: [\n"

# What a control node needs, and its documentation. How the project is built and tested stays behind.
NAMES = {
    "": (
        *("CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md", "requirements.txt", "requirements.yml"),
        *("changelogs", "docs", "meta", "playbooks", "plugins", "roles", "templates"),
    ),
    "changelogs/": ("changelog.yaml", "config.yaml"),
    "meta/": ("runtime.yml",),
    "playbooks/": (
        "plays",
        *(
            f"{verb}.yml"
            for verb in (
                *(
                    "alarm",
                    "apply",
                    "audit",
                    "bootstrap",
                    "catalogue",
                    "consent",
                    "close",
                    "doctor",
                    "evidence",
                    "hunt",
                    "impact",
                    "learn",
                    "leave",
                    "ledger",
                    "letters",
                    "lockdown",
                    "new_entry",
                    "on_box",
                    "plan",
                    "prove",
                    "read_logs",
                    "reopen",
                    "end_sessions",
                    "retire",
                    "rollback",
                    "signer",
                    "sliced",
                    "status",
                    "watch",
                ),
                "verify",
            )
        ),
    ),
    "playbooks/plays/": ("protection_taken_away.yml",),
    "plugins/": ("action", "callback", "doc_fragments", "inventory", "lookup", "modules", "plugin_utils", "vars"),
    "roles/": (
        *(
            "alarm",
            "appfw_log",
            "appliance",
            "audit",
            "bootstrap",
            "catalogue",
            "catalogue_update",
            "consent",
            "close",
            "doctor",
            "evidence",
            "geoblock",
            "hunt",
            "impact",
            "integrity_watch",
            "learn",
            "leave",
            "ledger",
            "letters",
            "lockdown",
            "management_log",
            "measure",
            "new_entry",
            "node_local",
            "responder_policy",
        ),
        *("end_sessions", "prove", "read_logs", "retire", "rollback", "rollout", "signer", "url_whitelist", "verify"),
    ),
    "templates/": (
        "entry-schema.json",
        "letters",
        "measures",
        "mitigations",
        "new_entry",
        "on_box",
        "reports",
        "scanners",
        "whitelists",
    ),
}
# Of the files in these directories.
SUFFIXES = ("cron", "csv", "j2", "json", "md", "png", "py", "service", "svg", "timer", "txt", "yaml", "yml")
# In directories that are allowed: hidden files, variables of an inventory, and what has the name of a secret.
NEVER = (
    *("*/.*", "*/host_vars*", "*/group_vars*"),
    # The only JSON file is the schema of the entries: change records, plans and reports are JSON files too.
    *(
        f"{directory}/*.json"
        for directory in ("changelogs", "docs", "meta", "playbooks", "plugins", "roles", "templates/*")
    ),
    *("*vault*", "*secret*", "*passw*", "*credential*", "*id_rsa*", "*id_ed25519*", "*_key", "*.key", "*.pem"),
)


def patterns() -> list[str]:
    """Return the patterns, without doubles."""
    named = (pattern for prefix, names in NAMES.items() for pattern in _other_names(prefix, names))
    return list(dict.fromkeys([*named, *_other_suffixes(SUFFIXES), *NEVER]))


def _other_names(prefix: str, names: Iterable[str]) -> Iterator[str]:
    """Yield patterns of everything behind a prefix but these names, and what is in directories with these names."""
    names = sorted(names)
    for start in sorted({name[:end] for name in names for end in range(len(name) + 1)}):
        following = {name[len(start)] for name in names if name.startswith(start) and name != start}
        if start in names:
            following.add("/")
        elif start:
            yield prefix + start
        yield f"{prefix}{start}{_none_of(following)}*"


def _other_suffixes(suffixes: Iterable[str]) -> Iterator[str]:
    """Yield patterns of every path that has a dot which none of these suffixes follows."""
    suffixes = sorted(suffixes)
    for start in sorted({suffix[:end] for suffix in suffixes for end in range(len(suffix) + 1)}):
        following = {suffix[len(start)] for suffix in suffixes if suffix.startswith(start) and suffix != start}
        if start in suffixes:
            following |= {"."}
        else:
            yield f"*.{start}"
        yield f"*.{start}{_none_of(following)}*"


def _none_of(characters: Iterable[str]) -> str:
    """Return the pattern of one character that is none of these."""
    ordered = sorted(set(characters) - {"-"}) + ["-"] * ("-" in characters)
    return f"[!{''.join(ordered)}]"


def with_patterns(text: str) -> str:
    """Return the text of galaxy.yml with its patterns made again; they are its last key."""
    quoted = ", ".join(f'"{pattern}"' for pattern in patterns()) + "]"
    lines = textwrap.wrap(quoted, 140, break_long_words=False, break_on_hyphens=False)
    return text.partition(KEY)[0] + KEY + "".join(f"  {line}\n" for line in lines)
