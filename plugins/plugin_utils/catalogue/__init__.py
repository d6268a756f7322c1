# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what is a measure, and what does it look like as data?

``mitigation`` reads the entries of ``templates/mitigations``, ``traffic`` and ``traffic_variants`` the requests that show whether a
measure works, ``desired_state`` a rendered template. ``measure`` has the two sides of every measure: the request of the operator, and the
desired state that follows for one appliance. ``run_parameters`` adds how far a run goes. It must not know the verbs or Ansible;
it asks no appliance.
"""
