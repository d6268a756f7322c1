# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A whitelist that blocks and two mitigations on one appliance, by playbook: exit codes, words and the screen."""

from __future__ import annotations

from tests.playbooks.conftest import Opener
from tests.stage.fleet import box, vserver
from tests.stage.played import ATTACK

HOST = "gw-a"
LISTS = [
    {"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway", "storefront"]},
    {"vserver": "shop", "kind": "lb", "mode": "enforce", "allow": [{"prefix": "/shop/"}]},
]
DAY: dict[str, object] = {"as_of": "2022-01-15"}
WHITELIST = {"mitigation": "url_whitelist", **DAY}
ORDER: tuple[dict[str, object], ...] = (WHITELIST, DAY, {"mitigation": "cve_2021_44228", **DAY})


def test_three_measures_are_proven_beside_each_other(open_laboratory: Opener) -> None:
    vservers = [vserver("vpn", "gw"), vserver("lb", "shop", "HTTP")]
    laboratory = open_laboratory({HOST: box(vservers=vservers)}, variables={HOST: {"netscaler_whitelists": LISTS}})
    for asked in ORDER:
        applied = laboratory.play("apply", ticket="CHG7", **asked)
        assert (applied.rc, applied.verdict(HOST)) == (0, "enforcing" if asked == WHITELIST else "mitigated"), (
            applied.output
        )
    for vip in ("gw", "shop"):
        assert laboratory.ask(HOST, ATTACK, vserver=vip).status == 403
    assert laboratory.ask(HOST, "/shop/x", vserver="shop").status == 404, "the back end answers"
    for asked in ORDER:
        again = laboratory.play("apply", ticket="CHG7", **asked)
        assert (again.rc, again[HOST]["changed"], again.writes(HOST)) == (0, False, [])
        verify = laboratory.play("verify", **asked)
        assert (verify.rc, verify.verdict(HOST)) == (0, "enforcing" if asked == WHITELIST else "mitigated")
    assert "not judged here, stopped by our url_whitelist (tq_url_whitelist__" in " ".join(verify.output.split())
