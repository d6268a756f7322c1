# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what is set on the operating system of each node, outside the configuration, and how is it changed safely?

In: a connection, an SSH account, a measure with a start-up line. Out: a plan with one entry for each node, a change record, nodes whose knob and
start-up file are as planned and proven by requests to the management address, or an error that says what is left. It must not know other
appliances or Ansible.
"""
