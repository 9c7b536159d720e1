"""Two reports beside one another: which figures differ, and why they may."""

import pytest
from made_up import row

from cxkit.commands import main
from cxkit.report.archive.compare_cells import compare_cell
from cxkit.report.kept import manifest
from cxkit.report.run.assemble import METRIC_COLUMNS
from cxkit.report.wording.files import write_csv


def report(folder, rows, period="2026-10", data="d1", **versions):
    folder.mkdir()
    write_csv(folder / "metrics.csv", METRIC_COLUMNS, rows)
    manifest.write(folder, {"period": period, "data": {"sha256": data}, "notebooks": {"email": {"source_sha256": "n"}}, "versions": {"cxkit": "0.1.0", **versions}})  # fmt: skip
    return folder


def diff(capsys, *arguments):
    code = main(["diff", *map(str, arguments)])
    return code, capsys.readouterr().out


def test_a_report_does_not_differ_from_itself(tmp_path, capsys):
    one = report(tmp_path / "2026-10", [row(), row("open_rate")])
    assert diff(capsys, one, one) == (0, "0 figures differ, 2 are the same.\n")


def test_late_data_are_named_as_restated_with_both_values_and_the_difference(tmp_path, capsys):
    one = report(tmp_path / "one", [row(), row("open_rate")])
    other = report(tmp_path / "other", [row(value=0.061), row("open_rate")], data="d2")
    code, said = diff(capsys, one, other)
    assert code == 1 and "have been restated" in said
    line = next(line for line in said.splitlines() if line.startswith("Click rate"))
    assert line.split()[2:] == ["0.059", "0.061", "+0.002", "restated"]
    assert "1 figure differs, 1 is the same." in said
    assert diff(capsys, one, other, "--rtol", "0.05")[0] == 0


def test_another_method_another_version_and_a_figure_in_one_only_are_named(tmp_path, capsys):
    one = report(tmp_path / "one", [row(), row("open_rate")], pandas="2")
    other = report(tmp_path / "other", [row(value=0.2, definition_version=2), row("reply_rate")], pandas="3")
    code, said = diff(capsys, one, other)
    assert (
        code == 1
        and "method changed" in said
        and said.count("only in one") == 2
        and "pandas is 2 in the first and 3" in said
    )


def test_two_periods_are_compared_and_an_unfinished_one_is_said(tmp_path, capsys):
    one = report(tmp_path / "2026-09", [row(period="2026-09", value=0.051)], period="2026-09")
    other = report(tmp_path / "2026-10", [row(flags="unfinished")])
    code, said = diff(capsys, one, other)
    assert code == 1 and "the periods differ" in said and "not finished" in said


def test_what_is_no_report_exits_2(tmp_path, capsys):
    assert main(["diff", str(tmp_path), str(tmp_path)]) == 2
    one = report(tmp_path / "one", [row()])
    (one / "metrics.csv").unlink()
    assert main(["diff", str(one), str(one)]) == 2
    assert "metrics.csv" in capsys.readouterr().err


@pytest.mark.parametrize(("version", "says"), [(1, "value"), (2, "method changed")])
def test_verification_says_when_the_method_and_not_only_the_figure_is_another(version, says):
    import pandas as pd

    from cxkit.blocks import MIME
    from cxkit.report.notebook.report_blocks import measured

    def outputs(**changes):
        block = measured("headline", pd.DataFrame([row(**changes)]))
        return [{"output_type": "display_data", "data": {MIME: {"block": "headline", **block.to_json()}}}]

    found = compare_cell(3, outputs(), outputs(value=0.07, definition_version=version))
    assert [item.what for item in found] == [f"Click rate, {says}"]
