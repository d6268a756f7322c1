# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The methods by which a geoblock blocks: in comes the compiled set, out comes the desired state.

``acls``, ``datasets`` and ``location`` have the pieces of one method each, and its class in ``resolved``. ``rules``, ``placements``,
``responder_policies`` and ``policy_check`` belong to datasets and location, which block by responder policies.
"""
