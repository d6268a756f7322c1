# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The licences of the packages that a control node needs, as these packages state them."""

from __future__ import annotations

from importlib import metadata

# How packages state a licence that the GPL in version 3 can be combined with, and its SPDX id; "" where the words leave it open.
# Source of the compatibility: https://www.gnu.org/licenses/license-list.html, read on 28 November 2026.
COMPATIBLE = {
    "Apache 2.0": "Apache-2.0",
    "Apache-2.0 OR BSD-2-Clause": "Apache-2.0 OR BSD-2-Clause",
    "Apache-2.0 OR BSD-3-Clause": "Apache-2.0 OR BSD-3-Clause",
    "BSD License": "",
    "BSD-2-Clause": "BSD-2-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT": "MIT",
    "MIT License": "MIT",
    "MIT-0": "MIT-0",
    "PSF-2.0": "PSF-2.0",
}
CLASSIFIER = "License :: OSI Approved :: "


def licence_of(name: str) -> str:
    """Return the licence of an installed package in its own words; "" where it states none, or is not installed."""
    try:
        stated = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classifiers = [
        one.removeprefix(CLASSIFIER) for one in stated.get_all("Classifier") or [] if one.startswith(CLASSIFIER)
    ]
    words = [*(stated.get_all("License-Expression") or []), *classifiers, *(stated.get_all("License") or [])]
    return next((text for text in words if text and "\n" not in text), "")


def problem_with(name: str, licence: str) -> str:
    """Return why the licence of a package is in the way of a release; "" where it is not."""
    if not licence:
        return (
            f"{name} states no licence, or is not installed: look for it, and do without the package if there is none"
        )
    if licence not in COMPATIBLE:
        return f"{name} has the licence {licence!r}: check that GPL-3.0-or-later can be combined with it, and add it to COMPATIBLE in release/licences.py"
    return ""
