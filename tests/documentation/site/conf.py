# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of Sphinx for the site of the pages."""

from __future__ import annotations

project = "Tourniquet"
author = "Tourniquet maintainers"
copyright = author  # noqa: A001 - the name that Sphinx reads
html_title = project
html_theme = "furo"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
html_static_path = ["static"]
html_css_files = ["site.css"]

extensions = ["myst_parser", "sphinx_antsibull_ext", "tests.documentation.site.extension"]
root_doc = "index"
include_patterns = [
    "*.md",
    "*.rst",
    "docs/*.md",
    "docs/**/*.md",
    "docs/**/*.rst",
    "roles/*/README.md",
    "examples/*/README.md",
]
exclude_patterns = ["tests/**", "plugins/**", "simulator/**", "changelogs/**", "molecule/**", "templates/**", "**/.*"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

# Headings get the anchors that GitHub gives them, which the links between the pages use.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

highlight_language = "text"
