# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Draw the pictures of docs/pictures from real runs on a simulated fleet: ``python -m tests.documentation.pictures``.

Terminals are SVG; the report and a letter of the diary are pictures of their pages (:mod:`.page_pictures`), which need a browser.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from demo.fleet import Fleet
from tests.documentation.page_pictures import PAGES, drawn, missing_programs
from tests.documentation.tracked import ROOT
from tests.stage.control_node import of_nobody

PICTURES = ROOT / "docs" / "pictures"
FLEET = Path(__file__).parent / "fleet"
COLUMNS = 110
RUN = "-e mitigation=cve_2019_19781 -e ticket=CHG0042"
# The command of each picture.
COMMANDS = {
    "plan": f"ansible-playbook -i inventory/mine playbooks/plan.yml {RUN} --limit gw-amsterdam",
    "rollout": f"ansible-playbook -i inventory/mine playbooks/apply.yml {RUN}",
}
CALL_LIST, CALLS, CALL_COLUMNS = "call-list", "cat letters/call-list.txt", 125
NAMES = {*(f"{name}.svg" for name in (*COMMANDS, CALL_LIST)), *(f"{name}.png" for name in PAGES)}
"""The files of docs/pictures."""
# What differs from run to run, and what stands for it in the picture.
CHANGING = (
    (r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{10}", "20261009T021500.104233Z-3f9a1c20de"),
    (r"\b\d+(?:\.\d+)? s\b", "9 s"),
    (r"\b\d\d:\d\d:\d\d\b", "02:15:00"),
    (r"\b\d\d:\d\d\b(?!:)", "00:09"),
)
# As rich has it, without fonts from elsewhere.
TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>{title_text}</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
  line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def output_of(command: str, work: Path) -> str:
    """Run a command, and return what a person sees of it on a terminal with colours."""
    environment = of_nobody("PYTEST_")
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_FORCE_COLOR": "1",
        "ANSIBLE_HOME": str(work / "ansible"),
        "CA_OF_THE_FLEET": str(work / "build" / "ca.pem"),
        "COLUMNS": str(COLUMNS),
        "LC_ALL": "C.UTF-8",
        "XDG_STATE_HOME": str(work / "state"),
    }
    hidden = f" -e rollout_bake_seconds=0 -e records={work}/records -e plans={work}/plans"
    done = subprocess.run(
        command.replace("inventory/mine", str(FLEET / "hosts.yml")) + hidden,
        shell=True,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode not in (0, 2, 4):
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}")
    shown = done.stdout.replace(f"{work}/", "").replace(" -e records=records", "")
    return shown.replace(str(FLEET / "hosts.yml"), "inventory/mine")


def steady(text: str) -> str:
    """Return an output without what differs from run to run."""
    for pattern, steady_text in CHANGING:
        text = re.sub(pattern, steady_text, text)
    return text


def picture(command: str, output: str, name: str, columns: int = COLUMNS) -> str:
    """Return an SVG of a terminal that shows a command and its output."""
    console = Console(record=True, width=columns, file=io.StringIO(), color_system="standard")
    console.print(Text(f"$ {command}", style="bold"))
    console.print(Text.from_ansi(output.strip("\n")))
    template = TEMPLATE.replace("{title_text}", f"$ {command}")
    made = console.export_svg(title=name, code_format=template, unique_id=name)
    return re.sub(r"[ \t]+$", "", made, flags=re.MULTILINE)


def draw() -> dict[Path, str]:
    """Play the commands on the fleet, and return each picture."""
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        with Fleet(FLEET / "fleet.yml", work / "build"):
            return {
                PICTURES / f"{name}.svg": picture(command, steady(output_of(command, work)), name)
                for name, command in COMMANDS.items()
            }


def main() -> int:
    """Draw all pictures, then write them; return the exit code."""
    if missing := missing_programs():
        print(
            f"Pictures of pages need {', '.join(missing)}: apt install chromium chromium-driver, and make report-tools. Nothing was drawn.",
            file=sys.stderr,
        )
        return 1
    pages, calls = drawn()
    made = {path: content.encode() for path, content in draw().items()}
    made[PICTURES / f"{CALL_LIST}.svg"] = picture(CALLS, calls, CALL_LIST, CALL_COLUMNS).encode()
    made |= {PICTURES / f"{name}.png": content for name, content in pages.items()}
    for path, content in made.items():
        path.write_bytes(content)
        print(f"drawn: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
