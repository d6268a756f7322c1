# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: who is told of a run, and how?

In: the report or the findings of a run, and the settings of the receivers by appliance. Out: messages by HTTPS, mail and syslog, and a sentence for each
that could not be sent. A message has no command and no configuration. It must not know how an appliance is reached, how a change is carried out or Ansible.
"""
