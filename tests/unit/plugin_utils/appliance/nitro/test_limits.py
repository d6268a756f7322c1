# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "appliance.nitro.bounded_connection": {"HEADER_LIMIT": 65_536, "MOST_INTERIM": 8, "SLOWEST": 131_072},
    "appliance.nitro.connection": {"INVALID_RESOURCE": 10_005},
    "appliance.nitro.directory_listing": {"NO_SUCH_FILE": 3441, "MOST_ROWS": 20_000, "LONGEST_PATH": 127},
    "appliance.nitro.file_limits": {"LARGEST": 2_097_152},
    "appliance.nitro.json_body": {"MOST_VALUES": 4_000_000, "DEEPEST": 16},
    "appliance.nitro.log_download": {"MOST_FILES": 300, "MOST_BYTES": 268_435_456},
    "appliance.nitro.names": {"LONGEST_NAME": 127, "LONGEST_FILE_NAME": 63, "MOST_FOUND": 10_000},
    "appliance.nitro.node_files": {"FILE_EXISTS": 1642},
    "appliance.nitro.partitions": {"UNKNOWN_TYPE_CODES": (1232, 1088)},
    "appliance.nitro.rows": {
        "_DIGITS": 20,
        "_SMALLEST": -9_223_372_036_854_775_808,
        "_LARGEST": 18_446_744_073_709_551_615,
    },
    "appliance.nitro.session": {
        "NOT_FOUND_CODES": frozenset(
            {258, 344, 351, 373, 461, 538, 1540, 2054, 2626, 2823, 3014, 3087, 3190, 3248, 3441, 3574}
        ),
        "EXPIRED_CODES": frozenset({444, 1027}),
        "SAVE_IN_PROGRESS_CODES": frozenset({292, 293, 1461}),
        "READ_ATTEMPTS": 3,
        "LARGEST_ANSWER": 67_108_864,
        "MOST_KEPT": 134_217_728,
        "_LONGEST_CODE": 10,
        "_LONGEST_TOKEN": 4096,
        "LOGOUT_TIMEOUT": 10.0,
        "_WORDS_OF_A_RIGHT": 4,
        "_LONGEST_WORD": 60,
        "_LONGEST_COMMAND": 80,
    },
    "appliance.nitro.watchdog": {"GRACE": 1.0, "INTERVAL": 0.5},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
