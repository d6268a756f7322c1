# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Close external access by disabling virtual servers, and reopen exactly what was closed.

In: the scope and the decision (who, why, until when). Out: a plan and a result with the proof from outside. What is
closed by us is known from the change records only. This package must not know measures or policies.
"""
