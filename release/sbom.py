# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The software bill of materials, in the form CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/, read on 28 November 2026)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from release.licences import COMPATIBLE
from release.lock_file import OF_CONTROL_NODE, LockedPackage

SERIAL_NUMBERS = uuid.UUID("6b3d0a5e-9f0c-4c43-8f5e-0f1f6c8d2f10")


def sbom(
    version: str, sha256: str, packages: Iterable[LockedPackage], licence_of: Callable[[str], str], made: datetime
) -> dict[str, Any]:
    """Return the bill of materials of the collection: it and every package that a control node needs.

    :param sha256: of the tarball
    :param packages: the packages that a control node needs
    """
    packages = list(packages)
    own = f"pkg:generic/tourniquet.netscaler@{version}"
    needs = {own: [one.purl for one in packages if OF_CONTROL_NODE in one.needed_by]}
    for one in packages:
        needs[one.purl] = sorted(other.purl for other in packages if one.name in other.needed_by)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(SERIAL_NUMBERS, f'{version} {sha256}')}",
        "version": 1,
        "metadata": {
            "timestamp": made.isoformat(timespec="seconds"),
            "component": {
                "type": "application",
                "bom-ref": own,
                "group": "tourniquet",
                "name": "netscaler",
                "version": version,
                "licenses": [{"license": {"id": "GPL-3.0-or-later"}}],
                "hashes": [{"alg": "SHA-256", "content": sha256}],
            },
        },
        "components": [_component(one, licence_of(one.name)) for one in packages],
        "dependencies": [{"ref": ref, "dependsOn": on} for ref, on in needs.items()],
    }


def _component(package: LockedPackage, licence: str) -> dict[str, Any]:
    spdx = COMPATIBLE.get(licence, "")
    named = {"license": {"id": spdx} if spdx else {"name": licence}}
    stated: dict[str, Any] = {"expression": spdx} if " OR " in spdx else named
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": [stated],
    }
    if package.marker:
        component["properties"] = [{"name": "tourniquet:environment-marker", "value": package.marker}]
    return component
