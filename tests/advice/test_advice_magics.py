import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from greenlab.cellcode.ipython_syntax import mask

LINES = [
    "%matplotlib inline", "!pip list", "!ls \\", "   -la", "x = !ls", "y = %who", "x?", "np.sum??",
    "?x", "if True:", "    pass", "    !ls", "\t%time x", "s = '''", "%not a magic", "'''",
    "# %comment", "", "a = (1,", "%2)", "print('hello') \\", "é = 'ü'", "%%time", "%%bash",
    "_greenlab_line_0_", "x = 5 % 3",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=9), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=300, deadline=None)
def test_what_is_masked_parses_line_for_line_and_comes_back_byte_for_byte(lines, end):
    source = end.join(lines)
    masked = mask(source)
    if masked is not None:
        ast.parse(masked.text)
        assert masked.text.count("\n") == source.count("\n")
        assert masked.restore(masked.text) == source


def test_each_form_of_ipython_syntax_is_masked():
    for line in [
        "%matplotlib inline",
        "!ls | wc",
        "x = !ls",
        "x = %time 1",
        "x?",
        "?x",
        "%%time\nx",
    ]:
        masked = mask(f"{line}\ny = 1")
        assert masked is not None and masked.hidden, line


def test_a_continued_shell_line_is_one_statement():
    masked = mask("!pip \\\n  install x\ny = 1")
    assert len(masked.hidden) == 2
    assert len(ast.parse(masked.text).body) == 2


def test_python_with_percent_signs_is_left_alone():
    source = "s = '''\n%load\n!ls\n'''\nx = (7\n% 4)"
    assert mask(source).hidden == ()


def test_a_magic_after_a_string_that_looks_like_one():
    masked = mask("s = '''\n%load\n'''\n%time x")
    assert masked.hidden == ("%time x",)


def test_another_language_is_not_python():
    assert mask("%%bash\nls") is None
    assert mask("%%html\n<b>") is None
    assert mask("%%energy\n%%writefile f.py\nx = 1") is None
    assert mask("this is no python") is None
