import nbformat
import pytest

from greenlab.cli import main


@pytest.fixture
def greenlab(capsys):
    """The command, as a user types it: exit code, stdout, stderr."""

    def command(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # argparse's own
            code = stop.code
        out, err = capsys.readouterr()
        return code, out, err

    return command


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of some code cells, after a text cell; its path."""

    def write(*sources, name="work.ipynb", kernel="python3"):
        cells = [nbformat.v4.new_markdown_cell("# Title")]
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        book = nbformat.v4.new_notebook(cells=cells)
        book.metadata.kernelspec = {"name": kernel, "display_name": "x", "language": "python"}
        path = tmp_path / name
        nbformat.write(book, path)
        return path

    return write
