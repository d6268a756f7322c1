# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a measure is, and what it looks like as data.

``mitigation`` reads the entries of ``templates/mitigations``, ``traffic`` and ``traffic_variants`` the requests that show whether a
measure works, ``desired_state`` a rendered template. ``measure`` has the two sides of every measure: what is asked for, and what follows
for one appliance. ``run_parameters`` adds how far a run goes. The package sends nothing and knows no verb.
"""
