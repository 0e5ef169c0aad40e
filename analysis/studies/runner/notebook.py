"""Makes a notebook of a source with `# %%` cells, runs it on a study and exports it, for scripts/export-notebook.

    notebook.py SOURCE.py STUDY_FOLDER OUTPUT      writes OUTPUT.ipynb and OUTPUT.html
"""

import os
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from traitlets.config import Config

CELL_SECONDS = 600


def cells_of(source):
    """The cells of a percent script: `# %%` begins code, `# %% [markdown]` comments that are text."""
    parts = re.split(r"^# %%(.*)\n", source, flags=re.MULTILINE)[1:]
    for kind, body in zip(parts[::2], parts[1::2]):
        if "[markdown]" in kind:
            yield nbformat.v4.new_markdown_cell(re.sub(r"^# ?", "", body, flags=re.MULTILINE).strip())
        else:
            yield nbformat.v4.new_code_cell(body.strip())


def notebook_of(source, command):
    made_by = nbformat.v4.new_markdown_cell(f"Made by `{command}`.")
    notebook = nbformat.v4.new_notebook(cells=[*cells_of(source), made_by])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # random by default; equal input shall give equal bytes
    return notebook


def page_of(notebook, title):
    """HTML that needs nothing from elsewhere: scripts would load formulas and diagrams, which these notebooks lack."""
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook, {"metadata": {"name": title}})
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def write_whole(path, text):
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def export(source, study, output):
    """Throws CellExecutionError if a cell fails; then nothing is written."""
    os.environ["EQUINFO_STUDY"] = str(study.resolve())
    notebook = notebook_of(source.read_text(encoding="utf-8"), f"scripts/export-notebook {study}")
    # Pipes of this user alone instead of network ports.
    local = Config(KernelManager={"transport": "ipc"})
    NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", record_timing=False, config=local).execute()
    page = page_of(notebook, output.name)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_whole(output.with_name(output.name + ".ipynb"), nbformat.writes(notebook) + "\n")
    write_whole(output.with_name(output.name + ".html"), page)


def main():
    source, study, output = map(Path, sys.argv[1:])
    try:
        export(source, study, output)
    except CellExecutionError as error:
        print(f"export-notebook: a cell failed\n{error}", file=sys.stderr)
        return 1
    print(f"{output}.ipynb, {output}.html", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
