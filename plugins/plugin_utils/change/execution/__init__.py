# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: how is a change carried out safely on one appliance?

In: the steps of a plan (:class:`.change.Change`) and a proof (:class:`.change.Proof`). Out: a change record and an
appliance that is wholly changed, proven and saved, or wholly as before; where neither is possible, the record says what is left.
There is one sequence for all operations: :mod:`.change_transaction`. It must not know measures, policies or verdicts: it never
decides what to change.
"""
