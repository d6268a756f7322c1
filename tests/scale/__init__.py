# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long a rollout over several machines takes: a simulation by discrete events, with measured constants, held against a measured run."""
