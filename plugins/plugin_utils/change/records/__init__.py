# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what was done, by whom, and who may act now?

Comes in: the steps and facts of a run. Goes out: change records on the control node, their copies on the nodes, the hash chain, the audit, the
locks. It must not know how a change is planned or how a change is carried out.
"""
