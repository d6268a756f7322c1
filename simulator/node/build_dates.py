# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The days on which builds were made, by release; the FIPS trains, which have numbers of their own, apart.

Days: github.com/fox-it/citrix-netscaler-triage, scan-citrix-netscaler-version.py (the stamp of a file of the build). From November 2025 on:
the days of the security bulletins whose fix a build is. First fixes of 10.5 and 12.0: CTX267027.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

_FIRST_FIPS = 100  # 12.1 55.x and 13.1 37.x from this number on
_FIPS = {"12.1": 55, "13.1": 37}
_EACH = timedelta(days=35)  # between two builds of one release, outside the known ones
_MOST = 100  # builds, outside the known ones
_BEFORE = timedelta(days=60)  # between the first known build and the one before it
_KNOWN = {
    "10.5": "70.12 2020-01-22",
    "11.1": ("63.15 2020-01-16 64.14 2020-06-02 65.12 2020-09-10 65.20 2021-05-29 65.22 2021-07-07 65.23 2021-10-12"),
    "12.0": "63.13 2020-01-16 63.21 2020-06-01",
    "12.1": (
        "49.23 2018-08-25 49.37 2018-10-16 50.28 2018-11-28 50.31 2019-01-18 51.16 2019-02-27 51.19 2019-03-25 55.13 2019-11-05 "
        "55.18 2020-01-20 55.24 2020-02-28 56.22 2020-03-29 57.18 2020-06-09 58.14 2020-08-14 58.15 2020-09-01 59.16 2020-09-22 "
        "60.16 2020-11-04 60.19 2020-12-26 61.18 2021-02-02 61.19 2021-03-08 62.21 2021-05-10 62.23 2021-05-17 62.25 2021-06-10 "
        "62.27 2021-07-07 63.22 2021-10-13 63.23 2021-11-11 63.24 2021-12-22 64.16 2022-01-20 64.17 2022-04-21 65.15 2022-04-22 "
        "65.17 2022-06-29 65.21 2022-10-04 65.25 2022-11-30 65.35 2023-04-28 65.37 2023-09-21 65.39 2023-12-18"
    ),
    "12.1 FIPS": (
        "55.190 2020-10-08 55.210 2021-01-04 55.265 2022-01-28 55.276 2022-04-03 55.278 2022-04-21 55.282 2022-07-06 "
        "55.289 2022-10-12 55.291 2022-11-28 55.296 2023-04-05 55.297 2023-07-07 55.300 2023-09-21 55.302 2023-12-18 "
        "55.304 2024-04-26 55.321 2024-10-07 55.325 2025-02-11 55.328 2025-06-10 55.330 2025-08-20 55.333 2025-11-11"
    ),
    "13.0": (
        "36.27 2019-05-13 41.20 2019-09-10 41.28 2019-10-11 47.22 2019-11-28 47.24 2020-01-20 52.24 2020-03-19 58.30 2020-06-01 "
        "58.32 2020-07-02 61.48 2020-07-22 64.35 2020-09-01 67.39 2020-10-07 67.43 2020-11-13 71.40 2020-12-03 71.44 2020-12-26 "
        "76.29 2021-02-18 76.31 2021-03-09 79.64 2021-04-05 82.41 2021-05-31 82.42 2021-06-10 82.45 2021-07-16 83.27 2021-09-27 "
        "83.29 2021-11-11 84.10 2021-12-10 84.11 2021-12-22 85.15 2022-03-10 85.19 2022-05-19 86.17 2022-06-14 87.9 2022-07-29 "
        "88.12 2022-10-14 88.13 2022-10-31 88.14 2022-11-03 88.16 2022-11-17 89.7 2022-12-14 90.7 2023-01-24 90.11 2023-04-19 "
        "90.12 2023-05-15 91.12 2023-05-12 91.13 2023-07-07 92.18 2023-08-30 92.19 2023-09-21 92.21 2023-12-14 92.31 2024-07-04"
    ),
    "13.1": (
        "4.43 2021-09-10 4.44 2021-11-11 9.52 2021-10-06 9.60 2021-11-17 12.50 2021-12-10 12.51 2021-12-23 17.42 2022-02-21 "
        "21.50 2022-04-07 24.38 2022-05-26 27.59 2022-07-06 30.52 2022-08-24 33.47 2022-09-23 33.49 2022-10-12 33.51 2022-10-31 "
        "33.52 2022-11-03 33.54 2022-11-17 37.38 2022-11-23 42.47 2023-02-22 45.61 2023-04-12 45.62 2023-04-26 45.63 2023-04-30 "
        "45.64 2023-05-12 48.47 2023-06-03 49.13 2023-07-10 49.15 2023-09-21 50.23 2023-10-18 51.14 2023-12-08 51.15 2023-12-15 "
        "52.19 2024-02-29 53.17 2024-05-13 53.24 2024-07-04 54.29 2024-07-17 55.34 2024-10-24 56.18 2024-11-07 57.26 2025-01-25 "
        "58.21 2025-04-08 58.32 2025-06-10 59.19 2025-06-18 59.22 2025-08-20 60.32 2025-11-11 62.23 2026-03-23 63.18 2026-06-30 "
        "63.21 2026-08-19 64.23 2026-09-27 64.28 2026-10-03 64.29 2026-10-09 64.32 2026-10-27 64.39 2026-11-12"
    ),
    "13.1 FIPS": (
        "37.150 2023-04-17 37.159 2023-07-07 37.164 2023-09-27 37.176 2024-01-05 37.183 2024-05-14 37.190 2024-07-04 "
        "37.199 2024-08-13 37.207 2024-10-07 37.219 2024-11-29 37.232 2025-04-01 37.235 2025-06-10 37.241 2025-08-20 "
        "37.250 2025-11-11 37.262 2026-03-23 37.272 2026-06-30 37.277 2026-08-19 37.279 2026-09-27 37.282 2026-10-03 37.283 2026-10-09 "
        "37.286 2026-10-27 37.293 2026-11-12"
    ),
    "14.1": (
        "4.42 2023-07-28 8.50 2023-09-15 12.30 2023-11-22 12.34 2023-12-08 12.35 2023-12-15 17.38 2024-02-08 21.57 2024-04-18 "
        "25.53 2024-06-08 25.56 2024-07-04 29.72 2024-10-11 34.42 2024-10-22 38.53 2024-12-16 43.50 2025-02-21 43.56 2025-06-10 "
        "47.40 2025-05-13 47.43 2025-05-20 47.44 2025-05-21 47.46 2025-06-07 47.48 2025-08-20 56.73 2025-11-11 66.59 2026-03-23 "
        "72.61 2026-06-30 73.32 2026-08-19 73.37 2026-09-27 73.41 2026-10-03 73.46 2026-10-09 73.49 2026-10-27 73.57 2026-11-12 "
        "73.58 2026-11-12"
    ),
}
Number = tuple[int, int]


@lru_cache(maxsize=1024)
def day_of(build: str) -> date:
    """Return the day of a build such as `13.0 47.22`: the known one, else one that fits between those of its neighbours."""
    release, number = build.split(" ")
    wanted = _number(number)
    fips = _FIPS.get(release) == wanted[0] and wanted[1] >= _FIRST_FIPS
    known = _known(f"{release} FIPS" if fips else _nearest(release))
    first, last = known[0], known[-1]
    if wanted < first[0]:
        return first[1] - _BEFORE - min(first[0][0] - wanted[0], _MOST) * _EACH
    for (low, earlier), (high, later) in pairwise(known):
        if wanted == low:
            return earlier
        if wanted < high:
            share = (_place(wanted) - _place(low)) / (_place(high) - _place(low))
            return earlier + share * (later - earlier)
    return last[1] + min(wanted[0] - last[0][0], _MOST) * _EACH


def _nearest(release: str) -> str:
    """Return the release, or the known one before it."""
    older = [name for name in _KNOWN if "FIPS" not in name and _number(name) <= _number(release)]
    return max(older, key=_number, default=min((name for name in _KNOWN if "FIPS" not in name), key=_number))


@lru_cache(maxsize=16)
def _known(train: str) -> tuple[tuple[Number, date], ...]:
    words = _KNOWN[train].split()
    return tuple((_number(build), date.fromisoformat(day)) for build, day in zip(words[::2], words[1::2], strict=True))


def _number(text: str) -> Number:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def _place(number: Number) -> float:
    return number[0] + number[1] / 1000
