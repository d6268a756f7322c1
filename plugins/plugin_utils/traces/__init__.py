# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers: what does a trace on an appliance mean, and what on it is ours?

In: what was read of files, logs and configuration, and the records of this control node. Out: findings with their level, sealed evidence, accepted
states. It must not know how a change is carried out or Ansible. Only ``evidence`` writes: the backup that it takes, and deletes.
"""
