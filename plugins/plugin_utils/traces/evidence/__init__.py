# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what did an appliance hold before somebody rebooted, upgraded or cleaned it, and is that evidence intact?

In: sessions with the nodes, an SSH account where that is allowed, and the key of this control node. Out: a sealed bundle of files on the control node, and
whether there is one of an appliance. It must not know what a trace means, how a change is carried out or Ansible.
"""
