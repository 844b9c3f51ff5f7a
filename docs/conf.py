"""How Sphinx builds these pages."""
# ruff: noqa: INP001 - Sphinx looks for it here

import sys
from pathlib import Path

import daraja

sys.path.insert(0, str(Path(__file__).parents[1]))  # where `docs._ext` is found

project = "daraja"
author = "daraja contributors"
project_copyright = author
version = release = daraja.__version__
language = "en-GB"
smartquotes = False  # they would change commands

extensions = [
    "docs._ext.search_codes",
    "docs._ext.filled",  # fills in tables and pictures from the library's own tables
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build", "_ext"]

# Every reference to a name of ours must resolve. Names of other packages would need their inventories from a network.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!daraja\.).*"),
    ("py:class", r"daraja\.testing\.assertions\.\w+(\.\w+)?"),  # protocols for any object with these methods
    ("py:.*", r"daraja\..*\.(Answers?|Arguments|Result|Value|[PRT])(_co)?"),  # stands for any type
    (
        "py:class",
        r"daraja\.stores\.sql\.records\.SqlRecords",
    ),  # the base of three stores, whose methods their ports list
    ("py:class", r"daraja\..*\._\w+"),  # private types in the signatures of constructors
    ("py:class", r"daraja\.lifecycle\.record\.JsonText"),  # the same: constructors take any mapping for it
]

myst_enable_extensions = ["colon_fence", "deflist", "substitution"]
myst_substitutions = {"version": release}
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Source"]

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
pygments_dark_style = "github-dark"  # the theme's own underlines modules as if they were links
html_title = f"daraja {release}"
html_favicon = "_static/daraja.svg"
html_static_path = ["_static"]
html_css_files = ["daraja.css"]
html_js_files = ["codes.js", "tables.js"]
html_logo = "_static/daraja.svg"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options: dict[str, object] = {"footer_icons": []}
