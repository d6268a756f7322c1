# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each kind of measure that the inventory asks for, in one folder of its own.

In comes what the inventory says of one host; out comes a Measure of the package catalogue, which resolves to the desired state of one
appliance. ``registry`` has one entry for each measure and imports it where it is asked for. The packages below know no measure by
name, and a measure knows no other measure, no operation and no Ansible.
"""
