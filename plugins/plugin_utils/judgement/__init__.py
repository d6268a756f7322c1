# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what is true of a service, since when, by what evidence, how sure is it, and what comes next?

In: a connection that only reads, records, probes, closings and findings. Out: facts, proofs, verdicts, intervals of exposure. It must not know how a
change is carried out, how results are shown or Ansible.
"""
