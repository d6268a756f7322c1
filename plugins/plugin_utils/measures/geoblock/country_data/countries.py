# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The country codes that are known: ISO 3166-1 alpha-2, and XK, which country data uses for Kosovo."""

from __future__ import annotations

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF
    CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH
    GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW
    KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG
    NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN
    SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE
    YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a table of words reads better than one of quotes
)
# What occurs in data and is no country (nro-extended-stats-readme, IPFire, GeoLite2), and what people write by mistake.
_NOT_COUNTRIES = {
    "EU": "is a region in country data, not a country: name the countries",
    "AP": "is a region in country data, not a country: name the countries",
    "UK": "is written GB in country data",
    "EL": "is written GR in country data",
    "ZZ": "means unknown in country data: it cannot be requested",
    "??": "means unknown in country data: it cannot be requested",
    "A1": "means an anonymous proxy in old data: it cannot be requested; IP reputation does that",
    "A2": "means a satellite provider in old data: it cannot be requested",
}


def check_country(code: str) -> str:
    """Return what is wrong with a code; "" if nothing is."""
    if code in COUNTRIES:
        return ""
    if problem := _NOT_COUNTRIES.get(code.upper(), ""):
        return f"names {code}, which {problem}"
    hint = (
        f": did you mean {code.upper()}?"
        if code.upper() in COUNTRIES
        else ": write the two capital letters of ISO 3166"
    )
    return f"names {code!r}, which is no country code{hint}"
