"""§4: bodies that are no JSON, no JSON object, or of another type."""

from __future__ import annotations

import gzip
import time

import pytest

from .accounts import Session
from .checks import assert_problem
from .raw import connect, ends, exchange, head, read_answer, send
from .service import Service
from .test_items import ITEMS

MALFORMED = {
    "empty": b"",
    "spaces": b"   ",
    "open": b"{",
    "text": b"title",
    "NaN": b"NaN",
    "NaN-value": b'{"title": NaN}',
    "Infinity-value": b'{"title": Infinity}',
    "minus-Infinity-value": b'{"title": -Infinity}',
    "not-utf-8": b'{"title": "\xff\xfe"}',
    "overlong-utf-8": b'{"title": "\xc0\xaf"}',
    "utf-8-surrogate": b'{"title": "\xed\xa0\x80"}',
    "latin-1": '{"title": "Käse"}'.encode("latin-1"),
    "utf-16": '{"title": "x"}'.encode("utf-16"),
    "utf-16-le": '{"title": "x"}'.encode("utf-16-le"),
    "utf-32": '{"title": "x"}'.encode("utf-32"),
    "trailing-text": b'{"title": "x"} y',
    "two-objects": b'{"title": "x"}{"title": "x"}',
    "trailing-comma": b'{"title": "x",}',
    "single-quotes": b"{'title': 'x'}",
    "bare-key": b'{title: "x"}',
    "comment": b'{"title": "x" /* y */}',
    "leading-zero": b'{"title": 01}',
    "bad-escape": b'{"title": "\\x41"}',
    "short-escape": b'{"title": "\\u12"}',
    "raw-newline": b'{"title": "a\nb"}',
    "form": b"title=x",
    "open-nesting": b"[" * 100_000,
    "open-object-nesting": b'{"title":' * 100_000,
}
NO_OBJECT = {"array": b"[]", "text": b'"x"', "number": b"1", "null": b"null", "true": b"true"}
# Valid JSON whose parser may give up: refused in either way, never a 500.
EXCESSIVE = {
    "nested-arrays": b"[" * 100_000 + b"]" * 100_000,
    "nested-title": b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested-objects": b'{"title": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    "long-number": b'{"title": ' + b"9" * 10_000 + b"}",
    "huge-number": b'{"title": 1e999}',
}
OTHER_TYPES = {
    "text": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "longer-name": "application/jsonfoo",
    "x-json": "application/x-json",
    "suffix": "application/merge-patch+json",
    "parameter": "text/plain; a=application/json",
    "octets": "application/octet-stream",
    "nonsense": "json",
}
SAME_TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON;charset=UTF-8",
]


class TestMalformedJson:
    @pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
    @pytest.mark.parametrize("method", ["POST"])
    def test_is_a_bad_request(
        self, service: Service, anyone: Session, method: str, body: bytes
    ) -> None:
        headers = {**anyone.headers, "Content-Type": "application/json"}
        response = service.request(method, ITEMS, content=body, headers=headers)
        assert_problem(response, 400, "malformed_json")

    @pytest.mark.local_accounts
    @pytest.mark.parametrize("route", ["register", "login", "refresh", "logout", "password"])
    @pytest.mark.parametrize("body", [b"", b"{", b'{"email": NaN}', b"\xff"], ids=repr)
    def test_accounts_refuse_it_too(
        self, service: Service, anyone: Session, route: str, body: bytes
    ) -> None:
        headers = {**anyone.headers, "Content-Type": "application/json"}
        response = service.post(f"/api/v1/auth/{route}", content=body, headers=headers)
        assert_problem(response, 400, "malformed_json")

    def test_missing_body_is_malformed(self, service: Service, anyone: Session) -> None:
        response = exchange(service, "POST", ITEMS, {**anyone.headers, "Content-Length": "0"})
        assert_problem(response, 400, "malformed_json")


class TestValidJson:
    @pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT)
    @pytest.mark.parametrize(
        "path", [ITEMS, pytest.param("/api/v1/auth/login", marks=pytest.mark.local_accounts)]
    )
    def test_no_object_is_invalid(
        self, service: Service, anyone: Session, path: str, body: bytes
    ) -> None:
        headers = {**anyone.headers, "Content-Type": "application/json"}
        response = service.post(path, content=body, headers=headers)
        assert_problem(response, 422, "invalid_request")

    @pytest.mark.parametrize("body", EXCESSIVE.values(), ids=EXCESSIVE)
    def test_excess_is_the_clients_fault(
        self, service: Service, anyone: Session, body: bytes
    ) -> None:
        headers = {**anyone.headers, "Content-Type": "application/json"}
        response = service.post(ITEMS, content=body, headers=headers)
        code = {400: "malformed_json", 422: "invalid_request"}.get(response.status_code, "")
        assert_problem(response, response.status_code, code)

    def test_space_around_it_is_allowed(self, service: Service, session: Session) -> None:
        headers = {**session.headers, "Content-Type": "application/json"}
        response = service.post(ITEMS, content=b' \r\n\t{"title": "x"}\n ', headers=headers)
        assert response.status_code == 201


class TestMediaType:
    @pytest.mark.parametrize("kind", OTHER_TYPES.values(), ids=OTHER_TYPES)
    def test_other_types_are_refused(self, service: Service, anyone: Session, kind: str) -> None:
        headers = {**anyone.headers, "Content-Type": kind}
        response = service.post(ITEMS, content=b'{"title": "x"}', headers=headers)
        assert_problem(response, 415, "unsupported_media_type")

    def test_body_without_a_type_is_refused(self, service: Service, anyone: Session) -> None:
        body = b'{"title": "x"}'
        headers = {**anyone.headers, "Content-Length": str(len(body))}
        response = exchange(service, "POST", ITEMS, headers, body)
        assert_problem(response, 415, "unsupported_media_type")

    @pytest.mark.parametrize("kind", SAME_TYPES)
    def test_spellings_of_json_are_accepted(
        self, service: Service, session: Session, kind: str
    ) -> None:
        headers = {**session.headers, "Content-Type": kind}
        response = service.post(ITEMS, content=b'{"title": "x"}', headers=headers)
        assert response.status_code == 201

    def test_change_refuses_other_types(self, service: Service, anyone: Session) -> None:
        path = f"{ITEMS}/018f6e9c-0000-7000-8000-000000000000"
        headers = {**anyone.headers, "Content-Type": "text/plain"}
        response = service.patch(path, content=b"{}", headers=headers)
        assert_problem(response, 415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "encoding", ["gzip", "GZIP", "deflate", "br", "zstd", "identity, gzip"]
    )
    def test_encoded_bodies_are_refused(
        self, service: Service, anyone: Session, encoding: str
    ) -> None:
        kind = {"Content-Type": "application/json", "Content-Encoding": encoding}
        for content in (gzip.compress(b'{"title": "x"}'), b'{"title": "x"}'):
            response = service.post(ITEMS, content=content, headers=anyone.headers | kind)
            assert_problem(response, 415, "unsupported_media_type")

    @pytest.mark.parametrize("encoding", ["identity", "Identity"])
    def test_identity_is_no_encoding(
        self, service: Service, session: Session, encoding: str
    ) -> None:
        kind = {"Content-Type": "application/json", "Content-Encoding": encoding}
        response = service.post(ITEMS, content=b'{"title": "x"}', headers=session.headers | kind)
        assert response.status_code == 201

    @pytest.mark.local_accounts
    @pytest.mark.parametrize("route", ["register", "login", "refresh", "logout", "password"])
    def test_accounts_refuse_forms(self, service: Service, anyone: Session, route: str) -> None:
        response = service.post(
            f"/api/v1/auth/{route}", data={"email": "a@b.co"}, headers=anyone.headers
        )
        assert_problem(response, 415, "unsupported_media_type")


class TestBounds:
    """A problem is never larger than 32 KB: `assert_problem` looks at each."""

    @pytest.mark.parametrize("count", [20, 21, 500])
    def test_few_of_many_faults_are_listed(
        self, service: Service, anyone: Session, count: int
    ) -> None:
        body = {"title": "x"} | dict.fromkeys((f"x{n}" for n in range(count)), 0)
        response = service.post(ITEMS, json=body, headers=anyone.headers)
        problem = assert_problem(response, 422, "invalid_request")
        assert problem["detail"] == f"{count} fields are invalid."
        assert len(problem["errors"]) == 20

    @pytest.mark.parametrize("letter", ["x", "é", "\U0001f95b", '"', "\\", "~", "/", "\x01"])
    def test_long_names_are_cut(self, service: Service, anyone: Session, letter: str) -> None:
        body = {"title": "x"} | {f"{n}{letter * 8000}": n for n in range(20)}
        response = service.post(ITEMS, json=body, headers=anyone.headers)
        problem = assert_problem(response, 422, "invalid_request")
        assert len(problem["errors"]) == 20

    @pytest.mark.parametrize("part", ["x", "%C3%A9", "%22", "%F0%9F%A5%9B", "~", "'"])
    def test_long_paths_are_cut(self, service: Service, anyone: Session, part: str) -> None:
        for start in ("/", "/api/v1/", "/a/", "/ab/"):
            response = exchange(service, "GET", start + part * (12_000 // len(part)), {})
            assert_problem(response, 404, "not_found")
        target = f"{ITEMS}/{part * (12_000 // len(part))}"
        response = exchange(service, "GET", target, anyone.headers)
        assert_problem(response, 422, "invalid_request")

    def test_heads_are_bounded(self, service: Service) -> None:
        """Refused by the HTTP parser, so any answer will do, and the connection ends."""
        with connect(service) as connection:
            send(connection, head(service, "GET", "/health/live", {"X-Long": "x" * 20_000}))
            response = read_answer(connection, service, method="GET", target="/health/live")
            assert response.status_code == 431
            assert ends(connection)


class TestUpgrade:
    """RFC 9110, section 7.8: a server may ignore an offer, and then it is a request as any other."""

    @pytest.mark.parametrize("offer", ["h2c", "TLS/1.0", "websocket", "h2c, websocket", "other/1"])
    @pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
    @pytest.mark.parametrize("apart", [False, True], ids=["one-segment", "two-segments"])
    def test_offer_leaves_the_request_as_it_is(
        self, service: Service, session: Session, offer: str, chunked: bool, apart: bool
    ) -> None:
        body = b'{"title": "of a Java client"}'
        headers = {
            **session.headers,
            "Connection": "Upgrade, HTTP2-Settings",
            "Upgrade": offer,
            "HTTP2-Settings": "AAMAAABkAAQAoAAAAAIAAAAA",
            "Content-Type": "application/json",
            **({"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}),
        }
        if chunked:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        with connect(service) as connection:
            start = head(service, "POST", ITEMS, headers)
            if apart:
                send(connection, start)
                time.sleep(0.05)
                send(connection, body)
            else:
                send(connection, start + body)
            response = read_answer(connection, service, method="POST", target=ITEMS)
            assert (response.status_code, response.json().get("title")) == (
                201,
                "of a Java client",
            )


class TestNullCharacter:
    def test_in_an_identifier_is_invalid(self, service: Service, anyone: Session) -> None:
        for identifier in ("%00", "018f6e9c-0000-7000-8000-00000000000%00"):
            response = exchange(service, "GET", f"{ITEMS}/{identifier}", anyone.headers)
            assert_problem(response, 422, "invalid_request")

    @pytest.mark.parametrize("query", ["limit=%00", "limit=5%00", "cursor=%00", "cursor=a%00b"])
    def test_in_a_query_is_invalid(self, service: Service, anyone: Session, query: str) -> None:
        response = exchange(service, "GET", f"{ITEMS}?{query}", anyone.headers)
        assert_problem(response, 422, "invalid_request")

    @pytest.mark.parametrize("path", ["/%00", "/api/v1/%00", "/api/v1/items/x/%00"])
    def test_in_a_path_is_no_fault(self, service: Service, path: str) -> None:
        response = exchange(service, "GET", path, {})
        code = {404: "not_found", 422: "invalid_request"}.get(response.status_code, "")
        assert_problem(response, response.status_code, code)
