# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does each playbook do, on one appliance and for the fleet? One folder for each verb.

In: the options of a task and a connection. Out: a plan, a result and a page. The folders ``common``, ``deployment``, ``pages`` and ``run_report`` hold what
several verbs need. It must not know Ansible.
"""
