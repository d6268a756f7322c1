# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what do the bound responder policies do with a request, now and after a change?

In: objects of NITRO as they were read or are wanted, and the traffic of a measure. Out: the outcome for each request, the order of
evaluation, the requests with a different result after the change, and the conflicts that follow.

It must not know the network, how a change is carried out or Ansible; it asks no appliance. Everything here is pure, except for the cache of assessments.
"""
