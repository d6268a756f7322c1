# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A misspelt name is an error before anything is sent; a name of the user's own is accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.typo_check import (
    OF_ONE_VERB,
    names_of_roles,
    require_no_near_misses,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import VARIABLES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted

KNOWN = names_of_roles()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("vip", "vips"),  # lockdown.yml would take the whole fleet
        ("customer", "customers"),
        ("tikcet", "ticket"),
        ("mitigation_verison", "mitigation_version"),
        ("rollout_profil", "rollout_profile"),
        ("Mitigation", "mitigation"),
    ],
)
def test_near_miss_on_the_command_line_is_refused(said: str, meant: str) -> None:
    with pytest.raises(InvalidInput, match=f"-e {said}: there is no such variable here; did you mean {meant}[?]"):
        require_no_near_misses([said], [], KNOWN)


def test_near_miss_in_the_inventory_is_refused_where_it_has_our_prefix() -> None:
    with pytest.raises(InvalidInput, match=r"netscaler_certificate_pins: .* did you mean netscaler_certificate_pin[?]"):
        require_no_near_misses([], ["netscaler_certificate_pins"], KNOWN)
    require_no_near_misses([], ["vip", "customer", "tikcet"], KNOWN)


@pytest.mark.parametrize("name", ["netscaler_whitelist_gw", "netscaler_whitelist_s", "netscaler_whitelist_other_vip"])
def test_the_lists_that_are_learnt_have_names_of_their_own(name: str) -> None:
    """The example of the documentation has such a name."""
    with accepted():
        require_no_near_misses([], [name], KNOWN)
        require_no_near_misses([name], [], KNOWN)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("netscaler_whitelist", "netscaler_whitelists"),
        ("netscaler_whitelist_", "netscaler_whitelists"),
        ("netscaler_witelists", "netscaler_whitelists"),
        ("netscaler_white_lists", "netscaler_whitelists"),
        ("netscaler_vip", "netscaler_vips"),
        ("netscaler_node", "netscaler_nodes"),
        ("netscaler_never_closes", "netscaler_never_close"),
    ],
)
def test_true_misspellings_in_the_inventory_are_refused(said: str, meant: str) -> None:
    with pytest.raises(InvalidInput, match=f"the variable {said}: .* did you mean {meant}[?]"):
        require_no_near_misses([], [said], KNOWN)


def test_every_variable_in_the_documentation_is_accepted() -> None:
    """Names of variables: ``netscaler_...`` at the beginning of a line, in braces, or behind ``-e``."""
    root = Path(__file__).parents[4]
    pages = [
        *root.glob("docs/**/*.md"),
        *root.glob("*.md"),
        *root.glob("roles/*/README.md"),
        *root.glob("inventory/**/*.yml"),
    ]
    text = "\n".join(page.read_text() for page in pages)
    inventory = set(re.findall(r"^[ #-]*(netscaler_[a-z0-9_]+):", text, re.MULTILINE))
    inventory |= set(re.findall(r"{{ *(netscaler_[a-z0-9_]+)", text))
    extra = set(re.findall(r"""-e ["']?([a-z][a-z0-9_]+)=""", text)) | set(
        re.findall(r"""-e '{"([a-z][a-z0-9_]+)":""", text)
    )
    assert {"netscaler_whitelist_gw", "netscaler_nodes"} <= inventory
    assert {"mitigation", "ticket", "accept_exposure", "vips"} <= extra
    require_no_near_misses(
        extra - {"vip"}, inventory, KNOWN | OF_ONE_VERB
    )  # docs/reference/variables.md has it as a misspelling


def test_names_of_others_are_theirs() -> None:
    with accepted():
        require_no_near_misses(["environment", "ansible_user", "fleet_region"], ["netscaler_rack"], KNOWN)


def test_every_name_that_is_documented_is_known() -> None:
    require_no_near_misses(KNOWN, KNOWN, KNOWN)
    assert {f"netscaler_{name}" for name in VARIABLES} <= KNOWN
    # As the pages have them.
    assert {
        "mitigation",
        "ticket",
        "who",
        "expires",
        "break_lock",
        "as_of",
        "plan",
        "why",
        "target",
    } <= KNOWN


def test_settings_of_a_measure_have_no_short_names() -> None:
    assert "geoblock_countries" in KNOWN
    assert "countries" not in KNOWN
