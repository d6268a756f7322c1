# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks whether the virtual servers can be reached from the control node, where the inventory allows requests to them.

Only a TCP connection is opened. Without it, no probe can prove a measure.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from ...appliance.nitro.appliance import Appliance, Vip
from ...appliance.nitro.bounded_connection import BoundedConnection, ExchangeLimits
from ...appliance.nitro.session import describe
from ...appliance.nitro.time_budget import TimeBudget
from .check_result import CheckResult, Severity

CHECK = "VIPs"
AT_ONCE = 6
MOST = 60  # of one appliance; they answer or fail within ten connect timeouts


def vip_findings(appliance: Appliance, vips: Iterable[Vip], budget: TimeBudget) -> list[CheckResult]:
    """Return a finding for each virtual server that speaks HTTP, of at most :data:`MOST`."""
    vips = list(vips)
    if not appliance.probe:
        what = (
            "netscaler_probe is false, so no request is sent to its virtual servers and nothing there counts as proven"
        )
        return [CheckResult(Severity.NOTE, CHECK, what)]
    if not vips:
        return [CheckResult(Severity.NOTE, CHECK, "no virtual server speaks HTTP, so there is nothing to probe")]
    vips, left_out = vips[:MOST], vips[MOST:]
    asked = [vip for vip in vips if vip.probe]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        problems = dict(zip(asked, pool.map(lambda vip: _problem(appliance, vip, budget), asked), strict=True))
    findings = [_finding(vip, problems.get(vip, "")) for vip in vips]
    if left_out:
        what = f"only the first {MOST} virtual servers of an appliance are tried"
        findings.append(CheckResult(Severity.NOT_CHECKED, CHECK, what, "", f"{len(left_out)} more"))
    return findings


def _problem(appliance: Appliance, vip: Vip, budget: TimeBudget) -> str:
    """Return why the virtual server cannot be reached; "" where it can."""
    started, timeout = time.monotonic(), budget.allowed(appliance.connect_timeout)
    connection = BoundedConnection(vip.address.host, vip.address.port, context=None, source=appliance.probe_from)
    connection.allow(ExchangeLimits(timeout))
    try:
        connection.open(timeout)
    except OSError as error:
        return describe(error)
    finally:
        connection.close()
        budget.spend(time.monotonic() - started)
    return ""


def _finding(vip: Vip, problem: str) -> CheckResult:
    about = str(vip)
    if vip.withheld:
        reason, _colon, fix = vip.withheld.replace(vip.address.host, "it").partition(": ")
        return CheckResult(Severity.NOT_CHECKED, CHECK, f"not probed: {reason}", fix, about)
    if not vip.probe:
        return CheckResult(
            Severity.NOTE, CHECK, "not probed (probe: false), so nothing there counts as proven", "", about
        )
    if not problem:
        return CheckResult(Severity.OK, CHECK, "can be reached from here", "", about)
    fix = "allow the control node to reach it, or run from another one; without probes a measure stays unproven"
    return CheckResult(Severity.WARNING, CHECK, f"cannot be reached from here ({problem})", fix, about)
