# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what is written of a whole run, for people and programs that were not there?

:mod:`content` makes one JSON value of the results of all appliances. The table, the page, the metrics and the VEX documents are made of that
value alone, so each of them can be made again from the file. :mod:`files` writes them. It must not know Ansible; it asks no appliance.
"""
