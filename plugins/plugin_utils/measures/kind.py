# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declaration of a kind of measure: what it is called, which variables ask for it, what it needs and means. Each folder beside this file has one or
more, in its module ``kind``; values only, and no code of the measure. :mod:`.registry` finds the folders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ..catalogue.closing_steps import LadderStep
from ..catalogue.entry import MeasureForm
from ..catalogue.measure_traits import Traits
from ..policies.rights import Right, Use
from .hit_meaning import ATTACK, HitMeaning

PACKAGE = __name__.rpartition(".")[0]

Template = Callable[[str, Any], Any]
"""Takes the name of a variable and its value, which may be or hold templates; returns the plain value."""
RESPONDER_POLICY = "responderpolicy"
LAST = 100
"""The place of a kind that names none."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of measure: one that the inventory asks for, or the form of the measures of entries of the catalogue.

    :ivar id: the name of the measure; of a form, that of the kind in ``measure_kinds``
    :ivar place: among the kinds, where people read them one after the other
    :ivar form: of the entries of the catalogue whose measures it makes; None for a measure that the inventory asks for
    :ivar loader: "module:function", relative to this package; "" for entries with a template. It makes a measure of what the inventory asks for, the
        name of the host and the date of today; for a form, of an entry, of what this says of its measure, and of what the inventory says. It is imported
        only when the measure is used: ansible-core compiles a collection's files anew at each start, and the measures are a fifth of them
    :ivar variable: the inventory variable that asks for it; "" if it has a prefix, or no variable at all
    :ivar prefix: the beginning of all its variables, so that a misspelt one is an error; "" if it has one variable, or none
    :ivar defaults: by name without the prefix, what counts if the inventory has no such variable
    :ivar learnt_prefix: the beginning of the names of variables that learn.yml writes for it; "" where it writes none
    :ivar traits: what its measures write, how they are proven, what of them is saved, and what they mean for the course; a measure may refine them
    :ivar step: the step of closing that brings it in; None for none
    :ivar only_closes: it exists for closing alone: close.yml brings it in, and reopen.yml removes it
    :ivar named: how docs/reference/rights.md calls its measures
    :ivar rights: what the verbs that bring it in send besides, by what they do with it; nothing where those of mitigations are enough
    :ivar in_doctor: the name under which the doctor tries the commands that an apply of it sends besides; "" where it does not
    :ivar hits: what requests of others mean that its policies matched
    :ivar not_tested: why alarm.yml sends no request for its policies; "" where it does
    :ivar raised_by: the URL, with the tag of a test, whose request its policies match; "" where they match none
    :ivar policy_type: the NITRO type of its policies, whose statistics count its hits
    :ivar logging_profile: the profile of the application firewall whose violations are logged by us, and blocked by nobody; "" for none
    :ivar alarm: the module (:class:`.alarm.AlarmReader`), relative to this package, that reads the alarm of policies of another type; "" for others
    """

    id: str
    place: int = LAST
    form: MeasureForm | None = None
    loader: str = ""
    variable: str = ""
    prefix: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    learnt_prefix: str = ""
    traits: Traits = field(default_factory=Traits)
    step: LadderStep | None = None
    only_closes: bool = False
    named: str = ""
    rights: Mapping[Use, tuple[Right, ...]] = field(default_factory=dict)
    in_doctor: str = ""
    hits: HitMeaning = ATTACK
    not_tested: str = ""
    raised_by: str = "/{tag}/x"
    policy_type: str = RESPONDER_POLICY
    logging_profile: str = ""
    alarm: str = ""

    def load(self) -> Any:
        """Import the measure and return what makes it."""
        module, _colon, function = self.loader.partition(":")
        return getattr(import_module(module, PACKAGE), function)

    def alarm_reader(self) -> Any:
        """Import the module that reads the alarm."""
        return import_module(self.alarm, PACKAGE)

    def settings(self, variables: Mapping[str, Any], template: Template) -> Any:
        """Return what the variables of a host ask for; None where it has no variables. A variable that is None asks for nothing."""
        if not self.variable and not self.prefix:
            return None
        if not self.prefix:
            return template(self.variable, variables.get(self.variable) or [])
        given = {
            name.removeprefix(self.prefix): template(name, value)
            for name, value in variables.items()
            if name.startswith(self.prefix) and value is not None
        }
        return {**self.defaults, **given}
