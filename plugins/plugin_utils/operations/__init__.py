# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how are the verbs carried out on one appliance? They are apply, status, rollback, lockdown and reopen.

In: an open connection and the parameters of the run. Out: a frozen plan and, after it was carried out, a result. An
operation makes its plan, and gives it with its proof to the change transaction of :mod:`..execution`. This package must not know
the fleet, the inventory, Ansible or how results are shown.
"""
