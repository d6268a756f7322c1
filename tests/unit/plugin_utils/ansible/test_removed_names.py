# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each option has one variable; another name of it is refused with the one to write."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.removed_names import (
    removed_names,
    require_no_removed_names,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.typo_check import names_of_roles
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import names_of, options_of

APPLY = names_of("verbs/apply", "apply")
MOST_NAMES = 260
"""How many variables there are: this number only becomes smaller without a new option."""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("measure_lock", "lock"),
        ("rollback_plan", "plan"),
        ("catalogue_mitigation", "mitigation"),
        ("catalogue_priority", "measure_priority"),
        ("lockdown_described", "tourniquet_customers"),
        ("rollout_plans", "plans"),
        ("node_local_on_box", "on_box"),
        ("rollout_slice_size", "slice_size"),
        ("measure", "mitigation"),
    ],
)
def test_a_name_with_a_role_in_front_is_no_second_one(old: str, new: str) -> None:
    assert removed_names()[old] == new
    text = f"{old}: there is no such variable; write {new} in place of it"
    with pytest.raises(InvalidInput, match=f"^-e {text}"):
        require_no_removed_names([old], [], APPLY, "measure")
    with pytest.raises(
        InvalidInput,
        match=f"^the variable {text}. One that is not meant for Tourniquet needs another name. Nothing was sent",
    ):
        require_no_removed_names([], [old, "ticket"], APPLY, "")


def test_a_name_of_several_options_is_replaced_by_that_of_the_task() -> None:
    with pytest.raises(InvalidInput, match="-e adopt: there is no such variable; write measure_adopt in place of it"):
        require_no_removed_names(["adopt"], [], APPLY, "measure")
    with pytest.raises(InvalidInput, match="write bootstrap_adopt, measure_adopt, node_local_adopt in place of it"):
        require_no_removed_names([], ["adopt"], [], "hunt")


def test_a_name_of_another_verb_is_refused_where_the_command_gives_it() -> None:
    """``force`` goes on although somebody has changed an object; to apply what does not work on a build is another decision."""
    with pytest.raises(InvalidInput, match="-e force: there is no such variable; write measure_force in place of it"):
        require_no_removed_names(["force"], ["force"], APPLY, "measure")
    require_no_removed_names([], ["force"], APPLY, "measure")
    require_no_removed_names(["force"], ["force"], options_of("rollback", "rollback"), "rollback")
    with pytest.raises(InvalidInput, match="-e vips: there is no such variable; write learn_vips in place of it"):
        require_no_removed_names(["vips"], [], options_of("learn", "learn"), "learn")


def test_no_name_that_is_read_is_refused() -> None:
    assert not names_of_roles() & removed_names().keys()
    require_no_removed_names(names_of_roles(), names_of_roles(), [], "")
    assert len(names_of_roles()) <= MOST_NAMES


def test_all_removed_names_of_a_run_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        require_no_removed_names(
            ["measure_lock", "force", "ticket"], ["measure_lock", "rollback_plan", "audit_records"], APPLY, "measure"
        )
    assert str(refused.value) == (
        "-e force: there is no such variable; write measure_force in place of it; "
        "-e measure_lock: there is no such variable; write lock in place of it; "
        "the variable audit_records: there is no such variable; write records in place of it; "
        "the variable rollback_plan: there is no such variable; write plan in place of it. "
        "One that is not meant for Tourniquet needs another name. Nothing was sent."
    )
