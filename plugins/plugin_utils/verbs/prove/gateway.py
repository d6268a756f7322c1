# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The experiments with traffic: which bind point sees the log-on page of a Gateway. They need a Gateway that the operator names.

Their policies match only a header with a random value, which only our request has, and do nothing: each other request is evaluated, and passes.
"""

from __future__ import annotations

from dataclasses import replace

from .experiment import ClientRequest, Experiment, Pause, Question, Reading, Request, Risk, Sign
from .observations import any_counts, counts, equals, errorcode, lists, sign, succeeds
from .scratch_objects import bind, lb_vserver, make, named, remove
from .scratch_objects import unbind as unbind_vserver

BOUND_ONLY_ONCE = 3118
"""The errorcode of a policy that is bound to a place already (NITRO error list)."""
HEADER = "X-Tourniquet-Prove"
SHARED_LOG, OWN_LOG = "httpaccess.log", "httpaccess-vpn.log"
PRIORITY = 1
"""The first of the bind point, so that no other policy ends the evaluation before."""
COUNTERS_SECONDS = 10.0
"""After this time the hits of a request are shown (monitoring practice; no figure is documented)."""
_BINDING = "vpnvserver_responderpolicy_binding"
_GLOBAL = "responderglobal_responderpolicy_binding"
_OVERRIDE = "REQ_OVERRIDE"
_POINTS = {named("gateway_request"): "REQUEST", named("gateway_aaa"): "AAA_REQUEST"}


def _policy(name: str, header: str = HEADER) -> Request:
    rule = f'HTTP.REQ.HEADER("{header}").EQ("{{marker}}")'
    return make("responderpolicy", f"make {name}", name=name, rule=rule, action="NOOP")


def _bind(name: str, point: str) -> Request:
    return make(
        _BINDING,
        f"bind {name}",
        name="{gateway}",
        policy=name,
        priority=PRIORITY,
        gotopriorityexpression="NEXT",
        bindpoint=point,
    )


def _unbind(name: str, point: str) -> Request:
    return remove(_BINDING, "{gateway}", f"unbind {name}", policy=name, bindpoint=point)


def _hits(name: str, label: str) -> Request:
    return Request(label, "GET", f"responderpolicy/{name}")


_LOGS = Request("logs", "GET", "systemfile", args={"filelocation": "/var/log"})
_FEATURES = Request("features", "GET", "nsfeature")
_IS_ON = sign(_FEATURES.label, lists("feature", "RESPONDER"), value=True)
_LOG_ON_PAGE = ClientRequest("log-on page", "/vpn/index.html", ((HEADER, "{marker}"),))
_NEEDS = "the feature RESPONDER is on, and the priorities 1 and 2 are free"


def _own_bind_points() -> Experiment:
    reads = [_hits(name, f"hits at {point}") for name, point in _POINTS.items()]
    at_request, at_aaa = (request.label for request in reads)
    return Experiment(
        "gateway_bind_points",
        Risk.GATEWAY,
        (
            _FEATURES,
            *map(_policy, _POINTS),
            *(_bind(name, point) for name, point in _POINTS.items()),
            _LOG_ON_PAGE,
            Pause(COUNTERS_SECONDS),
            *reads,
            _LOGS,
        ),
        (
            Question(
                "gateway_access_log",
                tuple(
                    Reading(
                        position,
                        (
                            Sign((at_request, at_aaa), any_counts("hits"), value=True),
                            sign(_LOGS.label, equals("filename", SHARED_LOG), value=True),
                            sign(_LOGS.label, equals("filename", OWN_LOG), value=own),
                        ),
                    )
                    for position, own in (("own", True), ("shared", False))
                ),
            ),
            Question(
                "gateway_bind_points",
                tuple(
                    Reading(
                        position,
                        (
                            _IS_ON,
                            sign(at_request, counts("hits"), first),
                            sign(at_aaa, counts("hits"), second),
                        ),
                    )
                    for position, first, second in (
                        ("split", False, True),
                        ("request", True, False),
                        ("both", True, True),
                    )
                ),
            ),
        ),
        removals=(
            *(_unbind(name, point) for name, point in _POINTS.items()),
            *(remove("responderpolicy", name) for name in _POINTS),
        ),
        needs=_NEEDS,
    )


def _global_bind(name: str, priority: int) -> Request:
    return make(
        _GLOBAL,
        f"bind {name} at {priority}",
        policyname=name,
        priority=priority,
        gotopriorityexpression="NEXT",
        type=_OVERRIDE,
    )


def _global_unbind(name: str, priority: int, label: str) -> Request:
    return Request(label, "DELETE", _GLOBAL, args={"policyname": name, "type": _OVERRIDE, "priority": str(priority)})


def _global_bind_point() -> Experiment:
    name, vserver = named("global"), named("vserver_global")
    controls = {named("control_request"): "REQUEST", named("control_aaa"): "AAA_REQUEST"}
    control_hits = [_hits(control, f"hits at {point}") for control, point in controls.items()]
    control_labels = tuple(request.label for request in control_hits)
    again, again_globally = "bind again to a virtual server", "bind again globally"
    unbind = _global_unbind(name, PRIORITY + 1, "unbind the second")
    listed = Request("bindings", "GET", _GLOBAL, args={"type": _OVERRIDE})
    hits = _hits(name, "hits")
    return Experiment(
        "global_policies",
        Risk.GLOBAL,
        (
            _FEATURES,
            _policy(name),
            *map(_policy, controls),
            _global_bind(name, PRIORITY),
            *(_bind(control, point) for control, point in controls.items()),
            _LOG_ON_PAGE,
            Pause(COUNTERS_SECONDS),
            hits,
            *control_hits,
            replace(_global_bind(name, PRIORITY + 1), label=again_globally, must_succeed=False),
            unbind,
            listed,
            lb_vserver(vserver),
            bind(vserver, name, PRIORITY),
            bind(vserver, name, PRIORITY + 1, again, must_succeed=False),
        ),
        (
            Question(
                "global_policies_see_gateway",
                (
                    Reading(True, (_IS_ON, sign(hits.label, counts("hits"), value=True))),
                    # The same request has reached a policy of the Gateway: it was evaluated, and its hits are shown.
                    Reading(
                        False,
                        (
                            _IS_ON,
                            sign(hits.label, counts("hits"), value=False),
                            Sign(control_labels, any_counts("hits"), value=True),
                        ),
                    ),
                ),
            ),
            Question(
                "global_delete_ignores_priority",
                tuple(
                    Reading(
                        position,
                        (
                            sign(again_globally, succeeds, value=True),
                            sign(unbind.label, succeeds, value=True),
                            sign(listed.label, equals("policyname", name), value=not position),
                        ),
                    )
                    for position in (True, False)
                ),
            ),
            Question(
                "policy_bound_twice",
                tuple(
                    Reading(
                        position,
                        (sign(again, errorcode, at_vserver), sign(again_globally, errorcode, globally)),
                    )
                    for position, at_vserver, globally in (
                        ("global_only", BOUND_ONLY_ONCE, 0),
                        ("accepted", 0, 0),
                        ("refused", BOUND_ONLY_ONCE, BOUND_ONLY_ONCE),
                    )
                ),
            ),
        ),
        removals=(
            *(_unbind(control, point) for control, point in controls.items()),
            _global_unbind(name, PRIORITY, f"unbind {name} at {PRIORITY}"),
            _global_unbind(name, PRIORITY + 1, f"unbind {name} at {PRIORITY + 1}"),
            unbind_vserver(vserver, name, PRIORITY),
            unbind_vserver(vserver, name, PRIORITY + 1),
            remove("lbvserver", vserver),
            remove("responderpolicy", name),
            *(remove("responderpolicy", control) for control in controls),
        ),
        needs=_NEEDS,
    )


_OWN_PATHS = {
    "openid": "/oauth/idp/.well-known/openid-configuration",
    "log_on": "/p/u/doAuthentication.do",
    "form_filler": "/gwtest/formssso",
}
"""By the end of a name, the paths that a Gateway answers from the code of CVE-2023-4966, CVE-2025-5777 and CVE-2023-3519; nothing of an attack is sent."""


def _own_paths() -> Experiment:
    paths = {"page": _LOG_ON_PAGE.url, **_OWN_PATHS}
    names = {end: named(f"path_{end}") for end in paths}
    reads = {end: _hits(name, f"hits of {name}") for end, name in names.items()}
    every = tuple(reads[end].label for end in _OWN_PATHS)
    is_read = sign(
        reads["page"].label, counts("hits"), value=True
    )  # global policies see the Gateway, and hits are shown
    return Experiment(
        "gateway_paths",
        Risk.GLOBAL,
        (
            _FEATURES,
            *(_policy(name, f"{HEADER}-{end}") for end, name in names.items()),
            *(_global_bind(name, PRIORITY + place) for place, name in enumerate(names.values())),
            *(ClientRequest(end, path, ((f"{HEADER}-{end}", "{marker}"),)) for end, path in paths.items()),
            Pause(COUNTERS_SECONDS),
            *reads.values(),
        ),
        (
            Question(
                "gateway_paths_see_policies",
                (
                    Reading(True, (_IS_ON, is_read, *(sign(one, counts("hits"), value=True) for one in every))),
                    Reading(False, (_IS_ON, is_read, *(sign(one, counts("hits"), value=False) for one in every))),
                ),
            ),
        ),
        removals=(
            *(
                _global_unbind(name, PRIORITY + place, f"unbind {name} at {PRIORITY + place}")
                for place, name in enumerate(names.values())
            ),
            *(remove("responderpolicy", name) for name in names.values()),
        ),
        needs=f"the feature RESPONDER is on, and the priorities {PRIORITY} to {PRIORITY + len(names) - 1} are free",
    )


EXPERIMENTS = (_own_bind_points(), _global_bind_point(), _own_paths())
