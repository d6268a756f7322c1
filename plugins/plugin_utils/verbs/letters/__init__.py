# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verb letters: it writes a letter to each customer, a call list and the clocks of duties."""
