# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second, small evaluator of policy rules, written from the documents of the language alone. It judges the requests of the nights.

It knows what the rules of the nights use. What it does not know it does not guess: :class:`~tests.nights.rules.values.NotRead`.
"""
