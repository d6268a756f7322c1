# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sentence for the customer, by answer and language. Pure.

It holds no text of an appliance and no name. It claims no more than the answer and the records: "not vulnerable" and "no attacks" are in no sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from .reopen_answer import ReopenAnswer

SENTENCES: Mapping[str, Mapping[tuple[ReopenAnswer, bool], str]] = {
    "en": {
        (ReopenAnswer.OPEN, True): "By what we have recorded, your access can be opened again. We keep watching it.",
        (
            ReopenAnswer.OPEN,
            False,
        ): "By what we have recorded, nothing stands in the way of your access. We keep watching it.",
        (ReopenAnswer.PATCH_FIRST, True): (
            "Your access stays closed until the repair of the supplier is installed. After that it can be opened again."
        ),
        (ReopenAnswer.PATCH_FIRST, False): "The repair of the supplier is not installed yet. That comes first.",
        (ReopenAnswer.ASSUME_COMPROMISED, True): (
            "Attackers may have got in. Your access stays closed. We make a recovery plan with you."
        ),
        (ReopenAnswer.ASSUME_COMPROMISED, False): "Attackers may have got in. We make a recovery plan with you.",
        (ReopenAnswer.UNKNOWN, True): (
            "We can't show yet that your access was protected in time. It stays closed until we know more."
        ),
        (ReopenAnswer.UNKNOWN, False): (
            "We can't show yet that your access was protected in time. We are finding out."
        ),
    },
    "nl": {
        (ReopenAnswer.OPEN, True): "Volgens onze gegevens kan uw toegang weer open. Wij blijven meekijken.",
        (ReopenAnswer.OPEN, False): "Volgens onze gegevens staat niets uw toegang in de weg. Wij blijven meekijken.",
        (ReopenAnswer.PATCH_FIRST, True): (
            "Uw toegang blijft dicht tot de reparatie van de leverancier is geplaatst. Daarna kan hij weer open."
        ),
        (ReopenAnswer.PATCH_FIRST, False): "De reparatie van de leverancier is nog niet geplaatst. Dat gaat voor.",
        (ReopenAnswer.ASSUME_COMPROMISED, True): (
            "Aanvallers kunnen binnen zijn geweest. Uw toegang blijft dicht. Wij maken met u een herstelplan."
        ),
        (ReopenAnswer.ASSUME_COMPROMISED, False): (
            "Aanvallers kunnen binnen zijn geweest. Wij maken met u een herstelplan."
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
IN_TIME: Mapping[str, Mapping[ReopenAnswer, str]] = {
    "en": {
        ReopenAnswer.OPEN: "By what we have recorded, your access was protected or repaired in time.",
        ReopenAnswer.PATCH_FIRST: "Your access was protected in time.",
    },
    "nl": {
        ReopenAnswer.OPEN: "Volgens onze gegevens was uw toegang op tijd beschermd of hersteld.",
        ReopenAnswer.PATCH_FIRST: "Uw toegang was op tijd beschermd.",
    },
}
"""By language and answer, the sentence before it where the records show that. An answer may be so for another reason: there was nothing to protect."""


def sentence(answer: ReopenAnswer, language: str, *, closed: bool, in_time: bool = False) -> str:
    """Return the sentence for a customer.

    :param language: nl or en
    :param closed: a record shows that access was closed, and none that it was opened again
    :param in_time: the records show that access was protected or repaired in time
    """
    before = IN_TIME[language].get(answer, "") if in_time else ""
    return f"{before} {SENTENCES[language][answer, closed]}".strip()
