# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Five weeks of a provider, 17 December 2019 to 31 January 2020, played by the project's playbooks on a simulated fleet.

``days`` is the table of what happens, ``fleet`` the appliances and customers, ``story`` plays it. ``world`` keeps its own log of what happened, from the
simulator alone. At the end each statement of the letters, the ledger and the report is read back from the files (``letter_reader``,
``ledger_reader``, ``page_reader``) and compared with that log (``truth``).
"""
