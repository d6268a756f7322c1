# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how do we get from what an appliance has to what it shall have?

Comes in: the state of an appliance, the desired state, and the records of earlier runs. Goes out: ordered steps with their requests in
batches, drift, unsaved changes, plan files. It must not know policies or how a change is carried out;
it writes nothing on an appliance.
"""
