# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation of the action plugin of the same name, which runs on the control node."""

DOCUMENTATION = r"""
module: end_run
short_description: End a run with the exit code that its report asks for
description:
  - Fails; or ends as Ansible does where a host is unreachable, so that C(ansible-playbook) ends with 4.
  - The roles that report findings use it after their report. A task of C(ansible.builtin.fail) could end the run with 2 only.
version_added: 0.2.0
options:
  msg:
    description: What a person reads.
    type: str
    required: true
  exit_code:
    description: V(4) where nothing is wrong but that appliances could not be reached. Every other number is a failure.
    type: int
    required: true
attributes:
  check_mode:
    description: The same in check mode.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  async:
    description: Can be used with the C(async) keyword.
    support: none
author:
  - Tourniquet maintainers (@tourniquet)
"""

EXAMPLES = r"""
- name: End with a failure, if something was found or not looked at
  tourniquet.netscaler.end_run:
    msg: "{{ hunt_findings.msg }}"
    exit_code: "{{ hunt_findings.exit_code }}"
  when: hunt_findings.must_fail
  run_once: true
"""

RETURN = r"""
msg:
  description: What a person reads.
  returned: always
  type: str
"""
