# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""catalogue.yml: what a signed bundle changes for the fleet is shown over the same reads, before it is taken; then each run names it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.playbooks.bundles import ID, signed_bundle
from tests.stage.fleet import box
from tests.stage.played import Laboratory


def test_a_bundle_is_shown_for_the_fleet_then_taken_and_named(open_laboratory: Callable[..., Laboratory]) -> None:
    laboratory = open_laboratory({"fixed": box("14.1 99.1"), "gw-1": box("14.1 73.46"), "gw-2": box("14.1 73.46")})
    bundle = str(signed_bundle(laboratory.directory, laboratory.inventory.parent))
    before = laboratory.texts()
    shown = laboratory.play("catalogue", mitigation=None, as_of=None, bundle=bundle)
    assert shown.rc == 0, shown.output
    for host in ("gw-1", "gw-2"):
        assert shown[host]["effect"] == "more to do"
        assert [(one["id"], one["before"], one["after"]) for one in shown[host]["entries"]] == [
            (ID, "not in the catalogue", "exposed")
        ]
    assert shown["fixed"]["effect"] == "no change"
    lines = shown.output.partition("CATALOGUE ***")[2].splitlines()[1:]
    assert lines[0].startswith("bundle 5 by author@example.org (SHA256:")
    assert lines[1:5] == [
        f"  new      {ID} (unknown) A new one",
        "MORE TO DO  2 appliances  14.1 73.46",
        "    gw-1, gw-2",
        f"    {ID}: exposed, was not in the catalogue",
    ]
    assert "3 appliances: 2 more to do, 1 no change. Nothing was changed or taken" in lines
    # Both catalogues share the reads of an appliance.
    of_host = Counter(target for method, target in shown.nitro("gw-1") if method == "GET")
    assert [target for target, times in of_host.items() if times > 1 and "systemfile" not in target] == []
    assert laboratory.texts() == before
    assert shown.writes() == []
    assert not (laboratory.inventory.parent / "catalogue_updates").exists()
    taken = laboratory.play("catalogue", mitigation=None, bundle=bundle, take=True)
    assert (taken.rc, taken.requests) == (0, [])
    planned = laboratory.play("plan", mitigation=ID, as_of=None, limit=["gw-1"])
    assert planned.rc == 0, planned.output
    assert f"add responder policy tq_{ID}" in planned.output
    assert "catalogue in use: bundle 5 by author@example.org (SHA256:" in planned.output
    assert planned["gw-1"]["catalogue_bundle"].startswith("bundle 5 by ")
