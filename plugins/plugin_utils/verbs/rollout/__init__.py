# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verb rollout: it decides about the waves of the verbs that are rolled out; a part of their playbooks."""
