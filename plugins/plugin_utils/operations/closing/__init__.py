# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Close virtual servers by a step of the ladder that a measure carries out, and open them again.

In: the step, the scope and the decision. Out: a plan and a result. What is closed by us is known from the change records only. The step off is in the
package lockdown.
"""
