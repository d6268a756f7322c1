# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The experiments with scratch virtual servers."""

from __future__ import annotations

from typing import Any

from .experiment import Experiment, Question, Reading, Request, Risk
from .observations import allowed, by, equals, errorcode, has, is_one_of, sign
from .scratch_objects import lb_vserver, make, named, remove, update

EXISTS, INVALID = 273, 278
"""Errorcodes of the NITRO error list."""


def _immutable() -> Experiment:
    name = named("vserver_fixed")
    same, other = "update with the same value", "update with another value"
    return Experiment(
        "immutable_update",
        Risk.SCRATCH,
        (
            lb_vserver(name),
            update("lbvserver", same, name=name, servicetype="HTTP"),
            update("lbvserver", other, name=name, servicetype="TCP"),
            Request("read", "GET", f"lbvserver/{name}"),
        ),
        (
            Question(
                "immutable_update",
                tuple(
                    Reading(
                        position,
                        (
                            sign(same, errorcode, first),
                            sign(other, errorcode, second),
                            sign("read", equals("servicetype", "HTTP"), value=True),
                        ),
                    )
                    for position, first, second in (
                        ("refused", INVALID, INVALID),
                        ("refused_if_different", 0, INVALID),
                        ("ignored", 0, 0),
                    )
                ),
            ),
        ),
        removals=(remove("lbvserver", name),),
    )


def _address_taken() -> Experiment:
    one, two = named("vserver_address_1"), named("vserver_address_2")
    place: dict[str, Any] = {"servicetype": "HTTP", "ipv46": "{address}", "port": "{port}", "state": "DISABLED"}
    return Experiment(
        "address_taken_code",
        Risk.SCRATCH,
        (
            make("lbvserver", "make the first", name=one, **place),
            make("lbvserver", "make the second", must_succeed=False, name=two, **place),
        ),
        (is_one_of("address_taken_code", "make the second", errorcode, 273, 304, 1335),),
        removals=(remove("lbvserver", one), remove("lbvserver", two)),
    )


def _second_default() -> Experiment:
    switching, one, two = named("switching"), named("vserver_target_1"), named("vserver_target_2")
    binding = "csvserver_lbvserver_binding"
    return Experiment(
        "content_switching",
        Risk.SCRATCH,
        (
            make("csvserver", name=switching, servicetype="HTTP", ipv46="0.0.0.0", port=0, state="DISABLED"),  # noqa: S104 -- no address
            Request("read it", "GET", f"csvserver/{switching}"),
            lb_vserver(one),
            lb_vserver(two),
            make(binding, "bind the first", name=switching, lbvserver=one),
            make(binding, "bind the second", must_succeed=False, name=switching, lbvserver=two),
        ),
        (
            by("documented_defaults", "read it", has("clttimeout"), {True: "shown", False: "hidden"}),
            allowed("cs_default_again", "bind the second", "replaced", "refused", EXISTS),
        ),
        removals=(remove("csvserver", switching), remove("lbvserver", one), remove("lbvserver", two)),
    )


EXPERIMENTS = (_immutable(), _address_taken(), _second_default())
