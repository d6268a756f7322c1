# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how does Ansible call the engine?

In: the arguments of a task and the variables of a host. Out: the result of the task, as JSON values. The modules here look the values of
options up in the variables of roles, refuse misspelt variables, run a task in a process that is kept for the whole playbook, and turn the
errors of the engine into those of Ansible. This package alone imports Ansible. It must not know how a change is carried out.
"""
