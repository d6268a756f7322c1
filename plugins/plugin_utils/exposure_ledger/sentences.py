# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sentence for the customer, by answer and language. Pure.

It holds no text of an appliance and no name. It claims no more than the answer: "not vulnerable" and "no attacks" are in no sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.reopen_answer import ReopenAnswer

SENTENCES: Mapping[str, Mapping[tuple[ReopenAnswer, bool], str]] = {
    "en": {
        (ReopenAnswer.OPEN, True): (
            "By what we have recorded, your access was protected or repaired in time. It can be opened again. We keep watching it."
        ),
        (ReopenAnswer.OPEN, False): (
            "By what we have recorded, your access was protected or repaired in time. We keep watching it."
        ),
        (ReopenAnswer.PATCH_FIRST, True): (
            "Your access stays closed until the repair of the supplier is installed. After that it can be opened again."
        ),
        (ReopenAnswer.PATCH_FIRST, False): (
            "Your access was protected in time. The repair of the supplier is not installed yet. That comes first."
        ),
        (ReopenAnswer.ASSUME_COMPROMISED, True): (
            "Attackers may have got in before your access was protected. It stays closed. We make a recovery plan with you."
        ),
        (ReopenAnswer.ASSUME_COMPROMISED, False): (
            "Attackers may have got in before your access was protected. We make a recovery plan with you."
        ),
        (ReopenAnswer.UNKNOWN, True): (
            "We can't show yet that your access was protected in time. It stays closed until we know more."
        ),
        (ReopenAnswer.UNKNOWN, False): (
            "We can't show yet that your access was protected in time. We are finding out."
        ),
    },
    "nl": {
        (ReopenAnswer.OPEN, True): (
            "Volgens onze gegevens was uw toegang op tijd beschermd of hersteld. Hij kan weer open. Wij blijven meekijken."
        ),
        (ReopenAnswer.OPEN, False): (
            "Volgens onze gegevens was uw toegang op tijd beschermd of hersteld. Wij blijven meekijken."
        ),
        (ReopenAnswer.PATCH_FIRST, True): (
            "Uw toegang blijft dicht tot de reparatie van de leverancier is geplaatst. Daarna kan hij weer open."
        ),
        (ReopenAnswer.PATCH_FIRST, False): (
            "Uw toegang was op tijd beschermd. De reparatie van de leverancier is nog niet geplaatst. Dat gaat voor."
        ),
        (ReopenAnswer.ASSUME_COMPROMISED, True): (
            "Aanvallers kunnen binnen zijn geweest voordat uw toegang beschermd was. Hij blijft dicht. Wij maken met u een herstelplan."
        ),
        (ReopenAnswer.ASSUME_COMPROMISED, False): (
            "Aanvallers kunnen binnen zijn geweest voordat uw toegang beschermd was. Wij maken met u een herstelplan."
        ),
        (ReopenAnswer.UNKNOWN, True): (
            "Wij kunnen nog niet aantonen dat uw toegang op tijd beschermd was. Hij blijft dicht tot wij meer weten."
        ),
        (ReopenAnswer.UNKNOWN, False): (
            "Wij kunnen nog niet aantonen dat uw toegang op tijd beschermd was. Wij zoeken het uit."
        ),
    },
}
"""By language, answer, and whether access is closed by a record: what no run of ours closed is not said to stay closed."""


def sentence(answer: ReopenAnswer, language: str, *, closed: bool) -> str:
    """Return the sentence for a customer.

    :param language: nl or en
    :param closed: a record shows that access was closed, and none that it was opened again
    """
    return SENTENCES[language][answer, closed]
