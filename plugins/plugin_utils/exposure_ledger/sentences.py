# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sentence for the customer, by answer and language. Pure.

It holds no text of an appliance and no name. It claims no more than the answer: "not vulnerable" and "no attacks" are in no sentence.
"""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.exposure_ledger.reopen_answer import ReopenAnswer

SENTENCES = {
    "en": {
        ReopenAnswer.OPEN: (
            "By what we have recorded, your access was protected or repaired in time. It can be opened again. We keep watching it."
        ),
        ReopenAnswer.PATCH_FIRST: (
            "Your access stays closed until the repair of the supplier is installed. After that it can be opened again."
        ),
        ReopenAnswer.ASSUME_COMPROMISED: (
            "Attackers may have got in before your access was protected. It stays closed. We make a recovery plan with you."
        ),
        ReopenAnswer.UNKNOWN: (
            "We can't show yet that your access was protected in time. It stays closed until we know more."
        ),
    },
    "nl": {
        ReopenAnswer.OPEN: (
            "Volgens onze gegevens was uw toegang op tijd beschermd of hersteld. Hij kan weer open. Wij blijven meekijken."
        ),
        ReopenAnswer.PATCH_FIRST: (
            "Uw toegang blijft dicht tot de reparatie van de leverancier is geplaatst. Daarna kan hij weer open."
        ),
        ReopenAnswer.ASSUME_COMPROMISED: (
            "Aanvallers kunnen binnen zijn geweest voordat uw toegang beschermd was. Hij blijft dicht. Wij maken met u een herstelplan."
        ),
        ReopenAnswer.UNKNOWN: (
            "Wij kunnen nog niet aantonen dat uw toegang op tijd beschermd was. Hij blijft dicht tot wij meer weten."
        ),
    },
}


def sentence(answer: ReopenAnswer, language: str) -> str:
    """Return the sentence for a customer.

    :param language: nl or en
    """
    return SENTENCES[language][answer]
