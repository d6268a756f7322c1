# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drawn nights of a small fleet, and a world that knows nothing of ours: each statement that people and programs read after an action is held against it.

python -m tests.nights SEED [NIGHTS]
"""
