# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two questions before access is opened: is it exposed then, and do the records show that it may be opened? Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.host_setting import option_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.reopen_answer import (
    CustomerAnswer,
    ReopenAnswer,
)

ACCEPT = """-e accept_exposure=true -e "who='the name of the person'\""""
SECOND = """-e "second='the name of another person'\""""


def require_not_exposed(where: str, exposure: Sequence[str], *, accepted: bool) -> None:
    """:raises Refused: where the appliance is exposed once it is open, or that is not known, and nobody accepts it"""
    if exposure and not accepted:
        raise Refused(
            f"{where}: it stays closed, because it is exposed once it is open, or this is not known: {'; '.join(exposure)}. "
            "Apply the mitigation or upgrade first; status.yml shows the verdict. To open it anyway, name the person who accepts that: "
            f"{option_for(where, ACCEPT)}. Nothing was changed."
        )


def require_an_answer(where: str, answers: Sequence[CustomerAnswer], *, second: str, accepted: bool) -> None:
    """Who accepts the exposure accepts that it is not fixed or not known; that somebody may be in needs a second person.

    :param second: the person who overrules the answers; "" for nobody
    :param accepted: somebody accepts the exposure
    :raises Refused: where an answer is not open, and nobody overrules it
    """
    left = [one for one in answers if one.answer is not ReopenAnswer.OPEN]
    if not second and accepted:
        left = [one for one in left if one.answer is ReopenAnswer.ASSUME_COMPROMISED]
    if left and not second:
        raise Refused(
            f"{where}: it stays closed, because the records do not show that it may be opened: {'; '.join(one.text for one in left)}. "
            "ledger.yml shows each date and its source, docs/how-to/recovery.md what to do. To open it anyway, name a second person: "
            f"{option_for(where, SECOND)}. Nothing was changed."
        )
