"""§3: text and strictness of bodies, seen on the item."""

from __future__ import annotations

import json

import pytest

from .accounts import Session
from .checks import assert_problem, pointers
from .service import Service
from .test_items import ITEMS, change, create

# Everything with the property White_Space, by the Unicode standard.
WHITE_SPACE = [
    *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B),
    0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
]  # fmt: skip
CONTROLS = [*range(0x01, 0x20), *range(0x7F, 0xA0)]
INNER_CONTROLS = [point for point in CONTROLS if point not in (0x09, 0x0A)]
COMBINING = "e\u0301"  # two code points, one letter
ASTRAL = "\U0001f95b"  # one code point, two UTF-16 units, four bytes


def post_text(service: Service, session: Session, body: str) -> tuple[int, str]:
    response = service.post(
        ITEMS,
        content=body.encode(),
        headers={**session.headers, "Content-Type": "application/json"},
    )
    return response.status_code, response.text


class TestTrimming:
    def test_all_white_space_is_trimmed(self, service: Service, session: Session) -> None:
        blank = "".join(map(chr, WHITE_SPACE))
        item = create(service, session, title=f"{blank}in between{blank}")
        assert item["title"] == "in between"

    @pytest.mark.parametrize("point", WHITE_SPACE, ids=lambda point: f"U+{point:04X}")
    def test_title_of_white_space_is_blank(
        self, service: Service, anyone: Session, point: int
    ) -> None:
        response = service.post(ITEMS, json={"title": chr(point) * 3}, headers=anyone.headers)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/title"}

    @pytest.mark.parametrize("point", [0x200B, 0x2060, 0xFEFF, 0x180E], ids=lambda p: f"U+{p:04X}")
    def test_other_invisible_characters_stay(
        self, service: Service, session: Session, point: int
    ) -> None:
        text = f"{chr(point)}x{chr(point)}"
        assert create(service, session, title=text)["title"] == text

    def test_inner_spaces_stay(self, service: Service, session: Session) -> None:
        assert create(service, session, title="a  b\u00a0c")["title"] == "a  b\u00a0c"

    def test_lengths_count_after_trimming(self, service: Service, session: Session) -> None:
        padding = " " * 300
        item = create(service, session, title=f"{padding}{'x' * 200}{padding}")
        assert item["title"] == "x" * 200

    def test_change_trims_as_well(self, service: Service, session: Session) -> None:
        item = create(service, session)
        assert change(service, session, item, {"title": "\u3000new\u2028"}).json()["title"] == "new"


class TestLengths:
    @pytest.mark.parametrize("letter", ["x", ASTRAL], ids=["ascii", "astral"])
    @pytest.mark.parametrize(("field", "most"), [("title", 200), ("description", 2000)])
    def test_code_points_count(
        self, service: Service, session: Session, field: str, most: int, letter: str
    ) -> None:
        assert create(service, session, **{field: letter * most})[field] == letter * most
        body = {"title": "a title", field: letter * (most + 1)}
        response = service.post(ITEMS, json=body, headers=session.headers)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {f"/{field}"}

    def test_combining_marks_count_singly(self, service: Service, session: Session) -> None:
        assert create(service, session, title=COMBINING * 100)["title"] == COMBINING * 100
        response = service.post(ITEMS, json={"title": COMBINING * 101}, headers=session.headers)
        assert_problem(response, 422, "invalid_request")

    @pytest.mark.parametrize("title", ["", "   "], ids=["empty", "spaces"])
    def test_title_must_not_be_blank(self, service: Service, anyone: Session, title: str) -> None:
        response = service.post(ITEMS, json={"title": title}, headers=anyone.headers)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/title"}

    @pytest.mark.parametrize("text", ["", "z", ASTRAL, "\u202eright to left"])
    def test_description_may_be_anything(
        self, service: Service, session: Session, text: str
    ) -> None:
        assert create(service, session, description=text)["description"] == text


class TestCharacters:
    @pytest.mark.parametrize("field", ["title", "description"])
    @pytest.mark.parametrize("point", [0, *INNER_CONTROLS], ids=lambda point: f"U+{point:04X}")
    def test_control_characters_are_refused(
        self, service: Service, anyone: Session, field: str, point: int
    ) -> None:
        body = {"title": "a title", field: f"a{chr(point)}b"}
        response = service.post(ITEMS, json=body, headers=anyone.headers)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {f"/{field}"}

    @pytest.mark.parametrize("point", [0x09, 0x0A], ids=["tab", "newline"])
    def test_title_holds_no_tab_or_newline(
        self, service: Service, anyone: Session, point: int
    ) -> None:
        response = service.post(ITEMS, json={"title": f"a{chr(point)}b"}, headers=anyone.headers)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/title"}

    @pytest.mark.parametrize("text", ["\\u0000", "\\u0000x", "x\\u0000"])
    def test_null_is_refused_at_the_edge(
        self, service: Service, anyone: Session, text: str
    ) -> None:
        status, answer = post_text(service, anyone, f'{{"title": "{text}"}}')
        assert (status, json.loads(answer)["code"]) == (422, "invalid_request")

    @pytest.mark.parametrize(
        "escape",
        ["\\ud800", "x\\udfff", "\\udc00\\ud800", "\\ud83e x", "\\ud83e\\ud83e"],
        ids=["high", "low", "reversed", "interrupted", "twice"],
    )
    @pytest.mark.parametrize("field", ["title", "description"])
    def test_lone_surrogates_are_refused(
        self, service: Service, anyone: Session, field: str, escape: str
    ) -> None:
        other = "" if field == "title" else '"title": "a title", '
        status, answer = post_text(service, anyone, f'{{{other}"{field}": "{escape}"}}')
        assert (status, json.loads(answer)["code"]) == (422, "invalid_request")

    def test_surrogate_pair_is_one_letter(self, service: Service, session: Session) -> None:
        status, answer = post_text(service, session, '{"title": "\\ud83e\\udd5b"}')
        assert (status, json.loads(answer)["title"]) == (201, ASTRAL)

    @pytest.mark.parametrize("key", ["\\ud800", "\\u0000", "a/b~c", ""])
    def test_strange_unknown_fields_are_refused(
        self, service: Service, anyone: Session, key: str
    ) -> None:
        status, answer = post_text(service, anyone, f'{{"title": "a title", "{key}": 1}}')
        assert (status, json.loads(answer)["code"]) == (422, "invalid_request")

    def test_answers_are_utf_8(self, service: Service, session: Session) -> None:
        response = service.post(ITEMS, json={"title": "größer ☕"}, headers=session.headers)
        assert response.headers["Content-Type"].split(";")[0] == "application/json"
        assert json.loads(response.content.decode("utf-8"))["title"] == "größer ☕"


class TestStrictness:
    @pytest.mark.parametrize("field", ["id", "owner_id", "subject", "created_at", "Title", "x"])
    def test_unknown_fields_are_refused(
        self, service: Service, session: Session, field: str
    ) -> None:
        body = {"title": "a title", field: "x"}
        response = service.post(ITEMS, json=body, headers=session.headers)
        assert f"/{field}" in pointers(assert_problem(response, 422, "invalid_request"))
        item = create(service, session)
        response = change(service, session, item, body)
        assert f"/{field}" in pointers(assert_problem(response, 422, "invalid_request"))

    @pytest.mark.parametrize("value", [1, 1.5, True, [], {}, ["x"]], ids=repr)
    @pytest.mark.parametrize("field", ["title", "description"])
    def test_values_are_not_converted(
        self, service: Service, anyone: Session, field: str, value: object
    ) -> None:
        body = {"title": "a title", field: value}
        response = service.post(ITEMS, json=body, headers=anyone.headers)
        assert f"/{field}" in pointers(assert_problem(response, 422, "invalid_request"))

    @pytest.mark.parametrize("body", [{}, {"description": "x"}, {"title": None}], ids=str)
    def test_title_is_required(
        self, service: Service, anyone: Session, body: dict[str, object]
    ) -> None:
        response = service.post(ITEMS, json=body, headers=anyone.headers)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/title"}

    def test_all_faults_are_listed(self, service: Service, anyone: Session) -> None:
        body = {"title": " ", "description": 5, "owner_id": "x"}
        response = service.post(ITEMS, json=body, headers=anyone.headers)
        problem = assert_problem(response, 422, "invalid_request")
        assert pointers(problem) == {"/title", "/description", "/owner_id"}
