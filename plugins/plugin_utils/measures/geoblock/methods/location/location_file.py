# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The location file, its name, and the rule that uses it.

The header of our template is the one that the vendor's own converter of GeoLite2 writes; the columns are those of CTX235799: from, to,
continent, country, region, city, ISP, organisation, longitude, latitude. The converter leaves the continent out of IPv6 rows, so that
its countries stand in the wrong column; here each row has all ten columns. The format knows no comment: the name of the file tells what
it was made of.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from .....appliance.objects.ownership import SEPARATOR, Owner
from .....foundation.errors import InvalidInput
from .....foundation.file_stamp import Stamp
from ...country_data.address_ranges import text
from ...country_data.compiled import Compiled
from ...kind import DIRECTORY
from ...templates import LOCATION_FILE, Templates
from ..rules import RULE_LIMIT, rules

FORMATS = {4: "netscaler", 6: "netscaler6"}  # metadata of locationfile and locationfile6
TYPES = {4: "locationfile", 6: "locationfile6"}
COLUMNS = 10
_FIRST, _LAST, _LABEL = "FIRST", "LAST", "LABEL"  # stand-ins


@dataclass(frozen=True)
class LocationFileForm:
    """The form of the file, as the template has it.

    :ivar header: all lines before the rows
    :ivar between: what stands between the addresses and the label of a row; end: what stands behind the label
    :ivar mark: of an operator's own form, a part of the name of the file; "" for ours
    """

    header: str
    between: str
    end: str
    mark: str = ""


def location_file_form(templates: Templates) -> LocationFileForm:
    """Return the form. It is read once in a process unless the template is changed.

    :raises InvalidInput: naming the template, what is wrong with it and the fix
    """
    return _read(templates, templates.stamp(LOCATION_FILE))


@lru_cache(maxsize=4)
def _read(templates: Templates, _stamp: Stamp) -> LocationFileForm:
    content = templates.render(LOCATION_FILE, first=_FIRST, last=_LAST, label=_LABEL)
    header, _newline, row = content.rstrip("\n").rpartition("\n")
    lines, columns = header.split("\n"), row.split(",")
    problem = ""
    if lines[0] != "NSGEO1.0" or lines[-1] != "Start" or "Qualifier2=Country_Code" not in lines:
        problem = "its header must begin with NSGEO1.0, have Qualifier2=Country_Code and end with Start"
    elif any("," in line or word in line for line in lines for word in (_FIRST, _LAST, _LABEL)):
        problem = "its header has an entry"
    elif len(columns) != COLUMNS or (*columns[:2], columns[3]) != (_FIRST, _LAST, _LABEL):
        problem = "its last line must have ten columns: {{ first }},{{ last }},,{{ label }},,,,,,"
    elif any(word in column for column in (columns[2], *columns[4:]) for word in (_FIRST, _LAST, _LABEL)):
        problem = "its last line must have first, last and label in no other column"
    elif not (content.isascii() and content.replace("\n", "").isprintable()):
        problem = "it has characters that are not printable ASCII"
    if problem:
        raise templates.wrong(LOCATION_FILE, problem)
    mark = hashlib.sha256(content.encode()).hexdigest() if templates.is_own(LOCATION_FILE) else ""
    return LocationFileForm(f"{header}\n", f",{columns[2]},", "," + ",".join(columns[4:]) + "\n", mark)


def location_file(compiled: Compiled, version: int, form: LocationFileForm) -> str:
    """Return the text of the file of one family. The same set and form give the same text.

    :raises InvalidInput: if the family has no rows: an empty file matches no client, or with an allowlist blocks all of them
    """
    rows = compiled.rows[version]
    if not rows:
        raise InvalidInput(
            f"there is no IPv{version} row for {', '.join(compiled.policy.labels)}: no location file can be made of that"
        )
    between, end = form.between, form.end
    return form.header + "".join(
        f"{text(version, low)},{text(version, high)}{between}{label}{end}" for low, high, label in rows
    )


def file_name(owner: Owner, compiled: Compiled, version: int, form: LocationFileForm) -> str:
    """Return a name of at most 63 characters. Another content has another name, so that the new file lies beside the one that is loaded."""
    digest = hashlib.sha256(f"{compiled.digest} {form.mark}".encode()).hexdigest() if form.mark else compiled.digest
    return f"{owner.name[:40]}{SEPARATOR}v{version}_{digest[:12]}"


def paths(owner: Owner, compiled: Compiled, form: LocationFileForm) -> dict[int, str]:
    """Return by family the path of the file on each node; nothing for a family without rows."""
    return {
        version: f"{DIRECTORY}/{file_name(owner, compiled, version, form)}"
        for version in compiled.policy.families
        if compiled.rows[version]
    }


def location_rules(compiled: Compiled, *, limit: int = RULE_LIMIT) -> tuple[str, ...]:
    """Return the rules that are true for a client which is blocked (rules.rules). Each needs ``matchwildcardtoany`` YES."""
    terms = (f'CLIENT.IP.SRC.MATCHES_LOCATION("*.{label}.*.*.*.*")' for label in compiled.policy.labels)
    return rules(terms, allows=compiled.allows, limit=limit)
