# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The experiments that only read: how NITRO answers, and what it shows of objects that are there already."""

from __future__ import annotations

from .experiment import NAME, Experiment, Question, Reading, Request, Risk
from .observations import (
    by,
    compressed,
    equals,
    errorcode,
    form_of,
    has,
    has_rows,
    is_one_of,
    sets_cookie,
    shows,
    sign,
    status,
    warns,
    without,
)

MISSING = f"{NAME}missing"
LOGIN = Request(
    "login",
    "POST",
    "login",
    {"login": {"username": "<the user>", "password": "<the password>", "timeout": 900}},
)
"""The log-on with which each run begins; nothing more is sent for it."""
# By feature, a type that has a warning where the feature is off.
_OF_FEATURES = {
    "RESPONDER": "responderpolicy",
    "REWRITE": "rewritepolicy",
    "APPFW": "appfwpolicy",
    "CS": "csvserver",
    "SSLVPN": "vpnvserver",
}


def _get(label: str, path: str, **more: str) -> Request:
    return Request(label, "GET", path, args=more)


def _missing(fact: str, type_: str, *codes: int) -> Experiment:
    return Experiment(
        fact,
        Risk.READ,
        (_get("read", f"{type_}/{MISSING}"),),
        (is_one_of(fact, "read", errorcode, *codes),),
    )


def _warnings() -> tuple[Experiment, ...]:
    """One pair of experiments for each feature: those of a feature that is on settle nothing."""
    found = []
    for feature, type_ in _OF_FEATURES.items():
        asked, unasked = _get("with warning=yes", f"{type_}?warning=yes"), _get("without", type_)
        is_warned = sign(asked.label, warns, value=True)
        found.append(
            Experiment(
                f"warnings_{feature.lower()}",
                Risk.READ,
                (asked, unasked),
                (
                    Question(
                        "warning_answer",
                        (
                            Reading("209", (is_warned, sign(asked.label, status, 209))),
                            Reading("body", (is_warned, sign(asked.label, status, 200))),
                        ),
                    ),
                    Question(
                        "warning_unasked",
                        (
                            Reading("swallowed", (is_warned, sign(unasked.label, warns, value=False))),
                            Reading("body", (is_warned, sign(unasked.label, warns, value=True))),
                        ),
                    ),
                ),
                needs=f"the feature {feature} is off",
            )
        )
    return tuple(found)


def _global_bindings(bind_point: str) -> Experiment:
    path = "responderglobal_responderpolicy_binding"
    listed = sign("with type", has_rows, value=True)
    return Experiment(
        f"global_bindings_{bind_point.lower()}",
        Risk.READ,
        (_get("with type", path, type=bind_point), _get("without", path)),
        (
            Question(
                "global_get_needs_type",
                (
                    Reading(True, (listed, sign("without", has_rows, value=False))),
                    Reading(False, (listed, sign("without", has_rows, value=True))),
                ),
            ),
        ),
        needs=f"a responder policy is bound globally at {bind_point}",
    )


EXPERIMENTS = (
    Experiment(
        "login_answer",
        Risk.READ,
        (LOGIN,),
        (
            Question(
                "login_answer",
                tuple(
                    Reading(
                        position,
                        (
                            sign("login", sets_cookie("sessionid"), value=first),
                            sign("login", sets_cookie("NITRO_AUTH_TOKEN"), value=second),
                        ),
                    )
                    for position, first, second in (
                        ("sessionid", True, False),
                        ("nitro_auth_token", False, True),
                        ("both", True, True),
                    )
                ),
            ),
        ),
    ),
    _missing("missing_responderaction_code", "responderaction", 538, 258),
    _missing("missing_nsacl_code", "nsacl", 258, 864),
    _missing("named_singleton_code", "nsconfig", 278, 1090, 258),
    Experiment(
        "gzip",
        Risk.READ,
        (Request("read", "GET", "nsfeature", headers={"Accept-Encoding": "gzip"}),),
        (is_one_of("gzip", "read", compressed, True, False),),
    ),
    Experiment(
        "extra_row_key",
        Risk.READ,
        (_get("read", "nsip"),),
        (
            Question(
                "extra_row_key",
                tuple(
                    Reading(
                        shown,
                        (
                            sign("read", has("ipaddress"), value=True),
                            sign("read", has("_nextgenapiresource"), value=shown),
                        ),
                    )
                    for shown in (True, False)
                ),
            ),
        ),
    ),
    *_warnings(),
    *(_global_bindings(bind_point) for bind_point in ("REQ_OVERRIDE", "REQ_DEFAULT")),
    Experiment(
        "gateway_bindings",
        Risk.READ,
        (
            _get("bindings", "vpnvserver_responderpolicy_binding?bulkbindings=yes"),
            _get("where used", "responderpolicy_binding?bulkbindings=yes"),
        ),
        (
            Question(
                "where_used_lists_vpnvserver",
                tuple(
                    Reading(
                        shown,
                        (
                            sign("bindings", has("policy"), value=True),
                            sign("where used", has("responderpolicy_vpnvserver_binding"), value=shown),
                        ),
                    )
                    for shown in (True, False)
                ),
            ),
            Question(
                "vpn_binding_echoes_goto",
                tuple(
                    Reading(
                        shown,
                        (
                            sign("bindings", has("policy"), value=True),
                            sign("bindings", has("gotopriorityexpression"), value=shown),
                        ),
                    )
                    for shown in (True, False)
                ),
            ),
        ),
        needs="a responder policy is bound to a Gateway",
    ),
    Experiment(
        "nsacl_priority_type",
        Risk.READ,
        (_get("read", "nsacl"),),
        (by("nsacl_priority_type", "read", form_of("priority"), {"string": "string", "number": "number"}),),
        needs="there is an extended ACL",
    ),
    Experiment(
        "simple_acls_in_running_config",
        Risk.READ,
        (_get("simple ACLs", "nssimpleacl"), _get("running configuration", "nsrunningconfig")),
        (
            Question(
                "simple_acls_in_running_config",
                tuple(
                    Reading(
                        shown,
                        (
                            sign("simple ACLs", has("aclname"), value=True),
                            sign("simple ACLs", without("ttl"), value=True),
                            sign("running configuration", shows("add ns simpleacl "), value=shown),
                        ),
                    )
                    for shown in (True, False)
                ),
            ),
        ),
        needs="there is a simple ACL without a ttl",
    ),
    Experiment(
        "partition_list_has_default",
        Risk.READ,
        (_get("partitions", "nspartition"),),
        (is_one_of("partition_list_has_default", "partitions", equals("partitionname", "default"), True, False),),
    ),
    Experiment(
        "appfw_signatures_answer",
        Risk.READ,
        (_get("read", "appfwsignatures"),),
        (
            Question(
                "appfw_signatures_answer",
                (
                    Reading("text", (sign("read", has("response"), value=True),)),
                    Reading(
                        "rows", (sign("read", has("response"), value=False), sign("read", has("name"), value=True))
                    ),
                ),
            ),
        ),
    ),
    Experiment(
        "deny_list_binding",
        Risk.READ,
        (_get("read", "denylistglobal_binding"),),
        (
            Question(
                "deny_list_binding",
                (
                    Reading("shown", (sign("read", has_rows, value=True),)),
                    Reading("absent", (sign("read", errorcode, 1232),)),
                ),
            ),
        ),
        needs="the vendor's Global Deny List is on the appliance",
    ),
    Experiment(
        "adm_user_in_log",
        Risk.READ,
        (_get("messages", "auditmessages", numofmesgs="20"),),
        (
            Question(
                "adm_user_in_log",
                tuple(
                    Reading(
                        position,
                        (
                            sign("messages", shows(" CMD_EXECUTED "), value=True),
                            sign("messages", shows(" - ADM_User "), value=shown),
                        ),
                    )
                    for position, shown in (("always", True), ("never", False))
                ),
            ),
        ),
    ),
)
