# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: does a script of ours watch the files of each node by cron, is it still the one that we installed, and when did it last report?

In: a connection, an SSH account, the wanted state. Out: a plan with one entry for each node, a change record, nodes with exactly one script and one
line of the crontab, or without both. It must not know Ansible or other appliances.
"""
