# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The experiments with scratch pattern sets, data sets and string maps, which no policy uses."""

from __future__ import annotations

from .experiment import Experiment, Question, Reading, Request, Risk
from .large_values import NumberRows
from .observations import allowed, errorcode, evaluation, sign
from .policy_language import FALSE, TRUE, UNDEFINED, evaluate, evaluated, request_text
from .scratch_objects import make, named, remove

PATTERN, VALUE, ENTRY = "policypatset_pattern_binding", "policydataset_value_binding", "policystringmap_pattern_binding"
IN_USE, ALREADY_BOUND, MISSING_ARGUMENT, FULL, NO_ADDRESS = 1070, 2867, 1095, 2900, 2873
"""Errorcodes of the NITRO error list."""
FIRST, LAST, SINGLE, SUBNET = "192.0.2.10", "192.0.2.20", "192.0.2.40", "198.51.100.0/24"
DOCUMENTED_LIMIT = 5000
"""Entries of a set (error list 2900; product docs 13.1)."""
_FIELD = 'HTTP.REQ.HEADER("X-P")'
_MISMATCH = request_text("X-P: other")


def _pattern_set() -> Experiment:
    name = named("patterns")
    index = evaluate("index without a match", f'{_FIELD}.EQUALS_INDEX("{name}").EQ(0)', _MISMATCH)
    return Experiment(
        "pattern_set",
        Risk.SCRATCH,
        (
            make("policypatset", name=name),
            make(PATTERN, "add a pattern", name=name, String="pattern"),
            index,
            remove("policypatset", name, "remove the set with its pattern"),
        ),
        (
            evaluated("language_index_without_match", index, {TRUE: "zero", UNDEFINED: "undef"}),
            allowed("set_removal", "remove the set with its pattern", "with_members", "refused", IN_USE),
        ),
        removals=(remove(PATTERN, name, String="pattern"), remove("policypatset", name)),
    )


def _string_map() -> Experiment:
    name = named("map")
    without = evaluate("text that is no key", f'{_FIELD}.MAP_STRING("{name}").EQ("")', _MISMATCH)
    return Experiment(
        "string_map",
        Risk.SCRATCH,
        (
            make("policystringmap", name=name),
            make(ENTRY, "add a key", name=name, key="key", value="first"),
            without,
            make(ENTRY, "add the key again", must_succeed=False, name=name, key="key", value="second"),
        ),
        (
            evaluated("language_string_map_without_key", without, {TRUE: "empty_text", UNDEFINED: "undef"}),
            allowed("stringmap_rebind", "add the key again", "replaced", "refused", ALREADY_BOUND),
        ),
        removals=(remove(ENTRY, name, key="key"), remove("policystringmap", name)),
    )


def _data_set() -> Experiment:
    name = named("addresses")
    inside = request_text("X-P: 192.0.2.15")
    typed = evaluate("typed form", f'{_FIELD}.TYPECAST_IP_ADDRESS_AT.EQUALS_ANY("{name}")', inside)
    as_text = evaluate("form of text", f'{_FIELD}.EQUALS_ANY("{name}")', inside)
    single = evaluate("control", f'{_FIELD}.EQUALS_ANY("{name}")', request_text(f"X-P: {SINGLE}"))
    typed_single = evaluate(
        "typed control", f'{_FIELD}.TYPECAST_IP_ADDRESS_AT.EQUALS_ANY("{name}")', request_text(f"X-P: {SINGLE}")
    )
    single_matches, first_matches = (sign(one.label, evaluation, TRUE) for one in (single, typed_single))
    return Experiment(
        "data_set",
        Risk.SCRATCH,
        (
            make("policydataset", name=name, type="ipv4"),
            make(VALUE, "add a range", name=name, value=FIRST, endrange=LAST),
            make(VALUE, "add an address", name=name, value=SINGLE),
            make(VALUE, "add a subnet", must_succeed=False, name=name, value=SUBNET),
            single,
            typed_single,
            typed,
            as_text,
        ),
        (
            allowed("dataset_subnets", "add a subnet", "accepted", "refused", NO_ADDRESS),
            evaluated("language_dataset_range", typed, {TRUE: "match", FALSE: "no_match"}, first_matches),
            evaluated("language_dataset_range_as_text", as_text, {TRUE: "match", FALSE: "no_match"}, single_matches),
        ),
        removals=(
            remove(VALUE, name, value=FIRST, endrange=LAST),
            remove(VALUE, name, "remove the address", value=SINGLE),
            remove(VALUE, name, "remove the subnet", value=SUBNET),
            remove("policydataset", name),
        ),
    )


def _index_rule() -> Experiment:
    name = named("numbers")
    return Experiment(
        "dataset_index_rule",
        Risk.SCRATCH,
        (
            make("policydataset", name=name, type="number"),
            make(VALUE, "add with an index", name=name, value="1", index=5),
            make(VALUE, "add without an index", must_succeed=False, name=name, value="2"),
        ),
        (allowed("dataset_index_rule", "add without an index", False, True, MISSING_ARGUMENT),),
        removals=(
            remove(VALUE, name, f"remove {VALUE} 1", value="1"),
            remove(VALUE, name, f"remove {VALUE} 2", value="2"),
            remove("policydataset", name),
        ),
    )


def _limit() -> Experiment:
    name = named("limit")
    step = 1000
    parts = [(first, first + step - 1) for first in range(1, DOCUMENTED_LIMIT, step)]
    labels = [f"add {first} to {last}" for first, last in parts]
    return Experiment(
        "set_limit",
        Risk.SCRATCH,
        (
            make("policydataset", name=name, type="number"),
            *(
                Request(label, "POST", VALUE, {VALUE: NumberRows(name, first, last)}, must_succeed=True)
                for label, (first, last) in zip(labels, parts, strict=True)
            ),
            make(VALUE, "add one more", must_succeed=False, name=name, value=str(DOCUMENTED_LIMIT + 1)),
        ),
        (Question("set_limit", (Reading(DOCUMENTED_LIMIT, (sign("add one more", errorcode, FULL),)),)),),
        removals=(remove("policydataset", name),),
        only_where=(("set_removal", "with_members"),),  # otherwise 5,000 entries would be removed one by one
    )


EXPERIMENTS = (_pattern_set(), _string_map(), _data_set(), _index_rule(), _limit())
