"""What a destination holds already decides whether it may be rendered into."""

from pathlib import Path

import pytest
from copier_backend.destination import files_in_the_way, foreign_answers, output_paths

ANSWERS = Path(".copier-answers.yml")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    for name in (
        "{{ _copier_conf.answers_file }}.jinja",
        "{{ python }}/{{ sql }}/app/models.py",
        "{{ python }}/pyproject.toml.jinja",
        "{{ node }}/package.json.jinja",
    ):
        path = tmp_path / "template" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "template"


def test_layers_melt_out_of_the_output_paths(template: Path) -> None:
    assert output_paths(template) == {"app/models.py", "pyproject.toml", "package.json"}


def test_empty_destination_has_nothing_in_the_way(template: Path, tmp_path: Path) -> None:
    assert files_in_the_way(tmp_path / "new", template) == ""


def test_unrelated_files_are_not_in_the_way(template: Path, tmp_path: Path) -> None:
    (tmp_path / "LICENSE").touch()
    assert files_in_the_way(tmp_path, template) == ""


def test_files_of_any_layer_are_in_the_way(template: Path, tmp_path: Path) -> None:
    (tmp_path / "package.json").touch()
    assert "package.json already" in files_in_the_way(tmp_path, template)


@pytest.mark.parametrize("text", ["_template: copier-backend\n", "a: 1\n_template: copier-backend"])
def test_own_answers_are_not_foreign(text: str, tmp_path: Path) -> None:
    (tmp_path / ANSWERS).write_text(text)
    assert foreign_answers(tmp_path, ANSWERS) == ""


def test_missing_answers_are_not_foreign(tmp_path: Path) -> None:
    assert foreign_answers(tmp_path, ANSWERS) == ""


@pytest.mark.parametrize(
    "content",
    [b"_src_path: gh:other/template", b"", b"- list", b"text", b"_template: other"],
)
def test_answers_of_another_template_are_foreign(content: bytes, tmp_path: Path) -> None:
    (tmp_path / ANSWERS).write_bytes(content)
    assert "belongs to another template" in foreign_answers(tmp_path, ANSWERS)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: [", b"a: *b", b"!!python/object:x {}"])
def test_unreadable_answers_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / ANSWERS).write_bytes(content)
    assert "cannot be read" in foreign_answers(tmp_path, ANSWERS)


def test_destination_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a file" in foreign_answers(tmp_path / "file", ANSWERS)
