"""The command line: quick to answer, and clear about mistakes."""

import subprocess
import sys
import time

import pytest

from cxkit.commands import main


def test_help_is_quick_and_loads_nothing_heavy():
    code = "import sys, cxkit.commands; cxkit.commands.make_parser('report'); print([m for m in ('pandas', 'numpy', 'duckdb', 'nbformat', 'IPython') if m in sys.modules])"
    started = time.process_time()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["reprot"], "Did you mean `report`?"),
        (["report", "--perido", "2026-10"], "Did you mean `--period`?"),
        (["verify"], "required: DIR"),
        ([], "required: COMMAND"),
    ],
)
def test_a_mistyped_word_exits_2_with_a_hint(capsys, arguments, says):
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["report", "--data", "nowhere", "--period", "2026-10"], "cxkit report: there is no data folder nowhere."),
        (["report"], "it needs --data and --period"),
        (["verify", "."], "is not a report of cxkit"),
    ],
)
def test_a_mistake_is_told_in_words_and_exits_2(capsys, arguments, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert says in said.err and "Traceback" not in said.err and said.out == ""
    assert list(tmp_path.iterdir()) == []
