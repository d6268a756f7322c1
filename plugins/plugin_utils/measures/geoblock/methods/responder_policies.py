# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The responder policies of the methods location and datasets, from the template: the placements, and what is bound where."""

from __future__ import annotations

from collections.abc import Sequence

from ....appliance.objects.ownership import SEPARATOR
from ....catalogue.desired_state import Document, parse_document
from ....catalogue.measure import Mode, Placement
from ....foundation.errors import InvalidInput
from ..resolved import Basis
from ..templates import FIX, POLICIES
from .placements import match_name
from .policy_check import wrong_policies

_BUILT_IN = {"drop": "DROP", "reset": "RESET"}


def policies(basis: Basis, rules: Sequence[str], wanted: Sequence[Placement], *, located: bool) -> Document:
    """Return the policies and their bindings.

    :param rules: true for a client that is blocked
    :param located: the appliance knows the location of an address, for the log
    :raises InvalidInput: if the template does not do
    """
    owner, settings, templates = basis.owner, basis.settings, basis.templates
    blocks = settings.mode == Mode.ENFORCE
    matches = {match_name(owner, number): rule for number, rule in enumerate(rules, 1)}
    text = templates.render(
        POLICIES,
        matches=[{"name": name, "rule": rule} for name, rule in matches.items()],
        action=_BUILT_IN.get(settings.answer, owner.name) if blocks else "NOOP",
        log_action=owner.name if blocks else f"{owner.name}{SEPARATOR}{Mode.OBSERVE}",
        placements=[
            {"policy": one.policy, "kind": one.kind, "vserver": one.vserver, "bindpoint": one.bindpoint}
            for one in wanted
        ],
        priority=settings.priority,
        blocks=blocks,
        located=located,
        marker=basis.marker,
    )
    try:
        document = parse_document(text, owner, where=f"the template {templates.path(POLICIES)}")
    except InvalidInput as error:
        raise InvalidInput(f"{error}. {FIX}") from None
    problem = next(wrong_policies(document, matches, wanted, blocks=blocks), "")
    if problem:
        raise templates.wrong(POLICIES, problem)
    return document
