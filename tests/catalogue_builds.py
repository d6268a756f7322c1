# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The first fixed builds by weakness and train, written from the bulletins and not from the catalogue (sources: tests/catalogue_fleet.py).

Nothing of the product is imported here: the worlds of the diary and of the nights judge by this table.
"""

from __future__ import annotations

from collections.abc import Iterator

# -- the first table: by weakness and train the first fixed build; "-" was never affected, "x" gets no fix ------------------

TRAINS = ["14.1", "13.1", "13.0", "12.1", "13.1-FIPS", "12.1-FIPS", "12.0", "11.1"]
FIXED = """
cve_2019_6485    -     -     -     50.31 -      ?      60.9  60.14
cve_2019_12044   -     -     -     49.23 -      ?      59.8  59.10
cve_2019_18177   -     -     58.30 57.18 -      ?      63.21 64.14
cve_2019_18225   -     -     41.28 54.16 -      ?      62.10 63.9
cve_2019_19781   -     -     47.24 55.18 ?      ?      63.13 63.15
cve_2020_8193    -     -     58.30 57.18 ?      ?      63.21 64.14
cve_2020_8187    -     -     -     -     -      -      62.10 63.9
cve_2020_8190    -     -     58.30 57.18 -      ?      63.21 64.14
cve_2020_8245    -     -     64.35 58.15 -      ?      x     65.12
cve_2020_8246    -     -     64.35 58.15 -      ?      x     65.12
cve_2020_8299    -     -     76.29 61.18 -      ?      ?     65.20
cve_2020_8300    -     -     82.41 62.23 ?      ?      ?     65.20
cve_2021_22919   -     -     82.45 62.27 -      ?      ?     65.22
cve_2021_22920   -     -     82.45 62.27 -      ?      ?     ?
cve_2021_22927   -     -     82.45 62.27 -      ?      ?     65.22
cve_2021_22955   -     4.43  83.27 63.22 -      ?      ?     65.23
cve_2021_22956   -     4.43  83.27 63.22 -      ?      ?     65.23
cve_2022_27507   -     21.50 85.19 64.17 -      55.278 ?     ?
cve_2022_27508   -     -     -     64.17 -      -      -     -
cve_2022_27509   -     24.38 86.17 65.15 -      ?      ?     ?
cve_2022_27510   -     33.47 88.12 65.21 ?      55.289 x     x
cve_2022_27513   -     33.47 88.12 65.21 -      55.289 x     x
cve_2022_27516   -     33.47 88.12 65.21 -      55.289 x     x
cve_2022_27518   -     -     58.32 65.25 -      55.291 ?     ?
cve_2023_24487   -     45.61 90.11 65.35 37.150 55.296 x     x
cve_2023_24488   -     45.61 90.11 65.35 37.150 55.296 x     x
cve_2023_3519    -     49.13 91.13 x     37.159 55.297 x     x
cve_2023_4966    8.50  49.15 92.19 x     37.164 55.300 x     x
cve_2023_6548    12.35 51.15 92.21 x     37.176 55.302 x     x
cve_2023_6549    12.35 51.15 92.21 x     37.176 55.302 x     x
cve_2024_5491    25.53 53.17 92.31 x     37.183 55.304 x     x
cve_2024_5492    25.53 53.17 92.31 x     37.183 55.304 x     x
cve_2024_8534    29.72 55.34 x     x     37.207 55.321 x     x
cve_2024_8535    29.72 55.34 x     x     37.207 55.321 x     x
cve_2025_5349    43.56 58.32 x     x     37.235 55.328 x     x
cve_2025_5777    43.56 58.32 x     x     37.235 55.328 x     x
cve_2025_6543    47.46 59.19 x     x     37.236 -      x     x
cve_2025_7775    47.48 59.22 x     x     37.241 55.330 x     x
cve_2025_7776    47.48 59.22 x     x     37.241 55.330 x     x
cve_2025_8424    47.48 59.22 x     x     37.241 55.330 x     x
cve_2025_12101   56.73 60.32 x     x     37.250 55.333 x     x
cve_2026_3055    66.59 62.23 x     x     37.262 ?      x     x
cve_2026_4368    66.59 -     -     -     -      -      -     -
cve_2026_8451    72.61 63.18 x     x     37.272 ?      x     x
cve_2026_8452    72.61 63.18 x     x     37.272 ?      x     x
cve_2026_8655    72.61 63.18 x     x     37.272 ?      x     x
cve_2026_10816   72.61 63.18 x     x     37.272 ?      x     x
cve_2026_10817   72.61 63.18 x     x     37.272 ?      x     x
cve_2026_13474   72.61 63.18 x     x     37.272 ?      x     x
cve_2026_19489   73.32 63.21 x     x     37.277 ?      x     x
cve_2026_19490   73.32 63.21 x     x     37.277 ?      x     x
cve_2026_88771   73.37 64.23 x     x     37.279 x      x     x
cve_2026_88772   73.37 64.23 x     x     37.279 x      x     x
cve_2026_88773   73.37 64.23 x     x     37.279 x      x     x
cve_2026_88774   73.37 64.23 x     x     37.279 x      x     x
cve_2026_88775   73.37 64.23 x     x     37.279 x      x     x
cve_2026_88776   73.37 64.23 x     x     37.279 x      x     x
cve_2026_88777   73.37 64.23 x     x     37.279 x      x     x
cve_2026_88778   73.37 64.23 x     x     37.279 x      x     x
cve_2026_88779   73.41 64.28 x     x     37.282 x      x     x
cve_2026_107406  73.46 64.29 x     x     37.283 x      x     x
cve_2026_109618  73.49 64.32 x     x     37.286 x      x     x
cve_2026_107412  73.57 64.39 x     x     37.293 x      x     x
cve_2026_111334  73.57 64.39 x     x     37.293 x      x     x
"""


def first_fixed() -> Iterator[tuple[str, str, str]]:
    """Yield each weakness, a train of it that gets a fix, and the first fixed build there."""
    for line in FIXED.strip().splitlines():
        id_, *cells = line.split()
        yield from ((id_, train, cell) for train, cell in zip(TRAINS, cells, strict=True) if cell[0].isdigit())
