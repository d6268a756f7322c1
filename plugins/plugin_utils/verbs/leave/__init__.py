# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how is everything of ours taken off an appliance?

In: the options of a task and what was read of an appliance. Out: its result and the lines of its page. It must not know Ansible.
"""
