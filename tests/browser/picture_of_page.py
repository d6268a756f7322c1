# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Draws pages as pictures in headless Chromium. Runs in the environment of tests/browser/requirements.txt.

picture_of_page.py WIDTH MOST_HEIGHT PAGE PICTURE [PAGE PICTURE ...]
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

from headless import chromium

SCALE = 0.85
"""Of a picture: as small as its text can be read well."""


def main(width: int, most_height: int, *files: str) -> None:
    """Write the picture of each page: as wide as said, and as high as the page is, up to the most."""
    with chromium(width, most_height) as browser:
        browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "light"}]}
        )
        for page, picture in zip(files[::2], files[1::2], strict=True):
            browser.get(Path(page).resolve().as_uri())
            height = min(
                most_height,
                int(
                    browser.execute_script("return Math.ceil(document.documentElement.getBoundingClientRect().height)")
                ),
            )
            clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": SCALE}
            shown: dict[str, Any] = browser.execute_cdp_cmd(
                "Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True}
            )
            Path(picture).write_bytes(base64.b64decode(shown["data"]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
