# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stands in for the get-pip.py that ansible-test would download from its own server, so that only the package index is needed."""

import subprocess
import sys

NOT_OF_PIP = ("--no-setuptools", "--no-wheel")

subprocess.run([sys.executable, "-m", "ensurepip"], check=True)
subprocess.run(
    [sys.executable, "-m", "pip", "install", *(word for word in sys.argv[1:] if word not in NOT_OF_PIP)], check=True
)
