# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recorded traffic: reading logs of requests, and what is found out from them. Pure; it reads files and knows no Ansible.

What stands in a log was written by strangers. It is data: nothing of it is executed, and every output escapes it.
"""

from __future__ import annotations
