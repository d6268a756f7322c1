# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: which appliances does a list from elsewhere name?

Comes in: a CSV file, a folder of exported ns.conf files, a list of NetScaler Console. Goes out: one entry for each appliance, with a host name that is
safe, and its inventory variables. It must not know Ansible; it asks no appliance. All text in a list is of somebody else: it is checked, bounded,
and never a template, a path or a command.
"""
