# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run one command of netscaler-tool, in the environment of the third-party clients: `... ADDRESS:PORT SETTINGS VERB NOUN [name=value ...]`.

The program's main() needs files in /etc and /var and pings the appliance; this script calls the same functions.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from functools import partial
from typing import Any

import python2  # noqa: F401  urllib as this program knows it
import yaml
from netscalertool import netscalertool

yaml.load = partial(yaml.load, Loader=yaml.SafeLoader)  # the default before PyYAML 6


def main(host: str, settings: str, verb: str, noun: str, *options: str) -> int:
    given: dict[str, Any] = dict.fromkeys(("attr", "services", "servers", "stats", "sleep"))
    given.update(host=host, ns_config_file=settings, user=None, passwd=None, debug=False, delay=3)
    given.update(option.split("=", 1) for option in options)
    if isinstance(given["stats"], str):
        given["stats"] = given["stats"].split(",")
    tool = getattr(netscalertool, verb.capitalize())(Namespace(**given))
    failed = 0
    try:
        getattr(tool, noun)()
    except (AttributeError, RuntimeError, KeyError, OSError) as problem:
        print(problem, file=sys.stderr)
        failed = 1
    finally:
        if verb in ("bounce", "disable", "enable"):
            tool.client.save_config()
        tool.client.logout()
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
