# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Test the alarm of one appliance: does a request that matches our policies show in the counters, in the log and at the syslog server?

In: a connection, the catalogue with its traffic, the folder of the syslog server, the counters of the last test. Out: for each alarm the link that is
broken and its cause, and how many requests of others matched since. It changes nothing on the appliance. It must not know Ansible.
"""
