# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The experiments with scratch responder objects: error codes, updates, and bindings to a virtual server that no client reaches."""

from __future__ import annotations

from .experiment import Experiment, Question, Reading, Request, Risk
from .observations import allowed, by, equals, errorcode, is_one_of, sign, status, succeeds
from .observations import body as body_of
from .scratch_objects import BINDING, action, bind, lb_vserver, make, named, policy, remove, unbind

NO_PRIORITY_TWICE, EXPRESSION_ERROR, BULK_FAILED, NO_SUCH_VERB = 3041, 3081, 1243, 1240
"""Errorcodes of the NITRO error list."""


def _actions() -> Experiment:
    one, two = named("action_1"), named("action_2")
    array = Request(
        "update of a missing and an existing action",
        "PUT",
        "responderaction",
        {
            "responderaction": [
                {"name": named("action_missing"), "comment": "changed"},
                {"name": two, "comment": "changed"},
            ]
        },
        headers={"X-NITRO-ONERROR": "continue"},
    )
    return Experiment(
        "responder_actions",
        Risk.SCRATCH,
        (
            action(one),
            make("responderaction", "make it again", must_succeed=False, name=one, type="noop"),
            make("responderaction", "make with unknown", must_succeed=False, name=two, type="noop", tq_unknown="x"),
            Request("unset nothing", "POST", "responderaction?action=unset", {"responderaction": {"name": one}}),
            remove("responderaction", one, "remove"),
            action(two),
            array,
            Request("read the second", "GET", f"responderaction/{two}"),
        ),
        (
            is_one_of("duplicate_responderaction_code", "make it again", errorcode, 273, 528, 724),
            is_one_of("unknown_attribute_code", "make with unknown", errorcode, 278, 1090),
            Question("empty_unset", (Reading("accepted", (sign("unset nothing", succeeds, value=True),)),)),
            by("delete_body", "remove", body_of, {"empty": "empty", "a message": "done"}),
            Question(
                "put_bulk_onerror",
                tuple(
                    Reading(
                        position,
                        (
                            sign(array.label, errorcode, BULK_FAILED),
                            sign("read the second", equals("comment", "changed"), second),
                        ),
                    )
                    for position, second in (("honoured", True), ("ignored", False))
                ),
            ),
        ),
        removals=(remove("responderaction", one), remove("responderaction", two)),
    )


def _expression_error() -> Experiment:
    name = named("policy_broken")
    broken = make(
        "responderpolicy", "make", must_succeed=False, name=name, rule="HTTP.REQ.URL.CONTAINS(", action="NOOP"
    )
    return Experiment(
        "expression_error_status",
        Risk.SCRATCH,
        (broken,),
        (
            Question(
                "expression_error_status",
                tuple(
                    Reading(code, (sign("make", errorcode, EXPRESSION_ERROR), sign("make", status, code)))
                    for code in (599, 400, 200)
                ),
            ),
        ),
        removals=(remove("responderpolicy", name),),
    )


def _bindings() -> Experiment:
    vserver, one, two = named("vserver_bind"), named("policy_1"), named("policy_2")
    by_action = bind(vserver, two, 30).payload
    return Experiment(
        "bindings_of_policies",
        Risk.SCRATCH,
        (
            lb_vserver(vserver),
            policy(one),
            policy(two),
            bind(vserver, one, 10),
            bind(vserver, two, 10, "bind at a taken priority", must_succeed=False),
            bind(vserver, one, 20, "bind the same policy again", must_succeed=False),
            Request("bind with action=bind", "POST", f"{BINDING}?action=bind", by_action),
            bind(vserver, two, 40, "bind for macroapi", must_succeed=False),
            Request(
                "remove by macroapi",
                "POST",
                "macroapi?action=remove",
                {BINDING: [{"name": vserver, "policyname": one, "bindpoint": "REQUEST", "priority": 10}]},
            ),
        ),
        (
            Question(
                "priority_taken_status",
                tuple(
                    Reading(
                        code,
                        (
                            sign("bind at a taken priority", errorcode, NO_PRIORITY_TWICE),
                            sign("bind at a taken priority", status, code),
                        ),
                    )
                    for code in (599, 409)
                ),
            ),
            Question(
                "policy_bound_twice",
                (Reading("accepted", (sign("bind the same policy again", succeeds, value=True),)),),
            ),
            allowed("bind_action", "bind with action=bind", "accepted", "refused", NO_SUCH_VERB),
            allowed("macroapi_remove_bindings", "remove by macroapi", True, False, NO_SUCH_VERB),
        ),
        removals=(
            unbind(vserver, one, 10),
            unbind(vserver, one, 20),
            unbind(vserver, two, 10),
            unbind(vserver, two, 30),
            unbind(vserver, two, 40),
            remove("lbvserver", vserver),
            remove("responderpolicy", one),
            remove("responderpolicy", two),
        ),
    )


def _label_in_use() -> Experiment:
    label, vserver, rule = named("label"), named("vserver_label"), named("policy_invoke")
    invoke = make(
        BINDING,
        "bind with invoke",
        name=vserver,
        policyname=rule,
        priority=10,
        gotopriorityexpression="END",
        bindpoint="REQUEST",
        invoke=True,
        labeltype="policylabel",
        labelname=label,
    )
    return Experiment(
        "label_in_use_code",
        Risk.SCRATCH,
        (
            make("responderpolicylabel", labelname=label),
            lb_vserver(vserver),
            policy(rule),
            invoke,
            remove("responderpolicylabel", label, "remove the label in use"),
        ),
        (is_one_of("label_in_use_code", "remove the label in use", errorcode, 1070, 315),),
        removals=(
            unbind(vserver, rule, 10),
            remove("lbvserver", vserver),
            remove("responderpolicy", rule),
            remove("responderpolicylabel", label),
        ),
    )


def _log_action_in_use() -> Experiment:
    log, rule = named("message"), named("policy_log")
    return Experiment(
        "auditmessageaction_in_use_code",
        Risk.SCRATCH,
        (
            make("auditmessageaction", name=log, loglevel="DEBUG", stringbuilderexpr='"tourniquet"'),
            policy(rule, logaction=log),
            remove("auditmessageaction", log, "remove the log action in use"),
        ),
        (is_one_of("auditmessageaction_in_use_code", "remove the log action in use", errorcode, 1070, 315, 832),),
        removals=(remove("responderpolicy", rule), remove("auditmessageaction", log)),
    )


EXPERIMENTS = (_actions(), _expression_error(), _bindings(), _label_in_use(), _log_action_in_use())
