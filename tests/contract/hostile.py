"""Inputs that are legal, or nearly so, and cost a careless service far more than their sender.

Plain data: a new input is a new line. A text is `(start, repeated, end)`; the middle is repeated
until the text has the wanted size. Everything fits into what a service accepts by default: a body
into MAX_BODY_BYTES, a head into 16 KiB.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from .tokens import encode

BODY_BYTES = 2**20  # the default of MAX_BODY_BYTES
# What is quadratic takes many seconds for this, and what is linear is hardly to be noticed. A body
# has room for it when each byte needs an escape of six.
TEXT_BYTES = 160_000
HEAD_BYTES = 12_000  # leaves room for the rest of a head
JSON = {"Content-Type": "application/json"}

Text = tuple[str, str, str]


@dataclass(frozen=True)
class Attack:
    """One request, sent byte by byte as it stands here."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def fill(text: Text, size: int) -> str:
    """Return the text with as many repetitions as fit into so many bytes of UTF-8."""
    start, repeated, end = text
    rest = size - len(start) - len(end)
    return start + repeated * (rest // len(repeated.encode("utf-8", "surrogatepass"))) + end


# The value of a text field.
TEXTS: dict[str, Text] = {
    # Normalisation sorts the marks of one letter, in quadratic time.
    "combining-marks": ("a", "\u0301\u0316", ""),
    "combining-marks-reversed": ("a", "\u0316\u0301\u0327\u0345", ""),
    "marks-without-letter": ("", "\u0301", ""),
    "hangul": ("", "\u1100\u1161\u11a8", ""),
    "growing-in-nfc": ("", "\U0001d160", ""),
    "growing-in-nfkc": ("", "\ufdfa", ""),
    "growing-in-lower-case": ("", "\u0130", ""),
    "joined-emoji": ("", "\U0001f468\u200d", ""),
    # Trimming and its regular expressions.
    "spaces": ("", " ", ""),
    "spaces-inside": ("x", " ", "x"),
    "spaces-then-letter": ("", " ", "x"),
    "wide-spaces": ("x", "\u2003\u00a0", "x"),
    "tabs-and-newlines": ("x", "\t\n", "x"),
    "separators": ("x", "\u2028", "x"),
    # Characters that are refused or escaped one by one.
    "nulls": ("", "\x00", ""),
    "controls": ("x", "\x01\x7f\x9f", "x"),
    "lone-surrogates": ("", "\ud800", ""),
    "reversed-surrogates": ("", "\udc00\ud800", ""),
    "quotes": ("", '"', ""),
    "backslashes": ("", "\\", ""),
    "markup": ("", "<", ""),
    # E-mail addresses.
    "mail-labels": ("a@", "a.", "co"),
    "mail-label": ("a@", "a", ".co"),
    "mail-hyphens": ("a@", "-", ".co"),
    "mail-hyphens-between": ("a@a", "-a", ".co!"),
    "mail-dots": ("a@", ".", "co"),
    "mail-local-dots": ("a", ".a", "@b.co"),
    "mail-local": ("", "a", "@b.co"),
    "mail-ats": ("", "@", ""),
    "mail-addresses": ("", "a@b.co,", ""),
    "mail-quoted": ('"', '\\"', '"@b.co'),
    "mail-comments": ("a", "(", "@b.co"),
    "mail-punycode": ("a@", "xn--", ".co"),
    "mail-plus": ("", "+", "@b.co"),
    "mail-numbers": ("a@[", "1.", "]"),
    # Tokens, times, identifiers, numbers.
    "token-dots": ("", ".", ""),
    "token-parts": ("", "e30.", "e30"),
    "base64": ("", "A", ""),
    "base64-padding": ("A", "=", ""),
    "hexadecimal": ("", "f", ""),
    "digits": ("", "9", ""),
    "hyphens": ("", "-", ""),
    "percents": ("", "%25", ""),
    "brackets": ("", "[", ""),
}

# The JSON of a body in which `{}` is the hostile text, by path. The others are good, so that it
# is looked at.
FIELDS = {
    "register-email": ("/api/v1/auth/register", {"email": "{}", "password": "x" * 12}),
    "register-password": ("/api/v1/auth/register", {"email": "a@b.co", "password": "{}"}),
    "login-email": ("/api/v1/auth/login", {"email": "{}", "password": "x" * 12}),
    "login-password": ("/api/v1/auth/login", {"email": "a@b.co", "password": "{}"}),
    "refresh": ("/api/v1/auth/refresh", {"refresh_token": "{}"}),
    "logout": ("/api/v1/auth/logout", {"refresh_token": "{}"}),
}
SIGNED_IN_FIELDS = {
    "title": ("/api/v1/items", {"title": "{}"}),
    "description": ("/api/v1/items", {"title": "x", "description": "{}"}),
}
PASSWORD_FIELDS = {
    "current": ("/api/v1/auth/password", {"current_password": "{}", "new_password": "x" * 12}),
    "new": ("/api/v1/auth/password", {"current_password": "x" * 12, "new_password": "{}"}),
}


def with_text(fields: tuple[str, dict[str, str]], text: Text) -> Attack:
    path, members = fields
    value = fill(text, TEXT_BYTES)
    given = {name: value if member == "{}" else member for name, member in members.items()}
    # Only an escape can say a lone surrogate.
    escaped = any("\ud800" <= letter <= "\udfff" for letter in "".join(text))
    return Attack("POST", path, JSON, json.dumps(given, ensure_ascii=escaped).encode())


# A whole body; `{}` in its parts is the number of the repetition.
BODIES: dict[str, Text] = {
    "unknown-fields": ("{", '"k{}":0,', '"z":0}'),
    "unknown-fields-with-long-names": ("{", f'"{"x" * 190}{{}}":0,', '"z":0}'),
    "unknown-fields-with-escapes": ("{", '"\\u0001~/{}":0,', '"z":0}'),
    "unknown-surrogates": ("{", '"\\ud800{}":0,', '"z":0}'),
    "long-name": ('{"', "k", '":0}'),
    "long-name-of-quotes": ('{"', '\\"', '":0}'),
    "long-name-of-controls": ('{"', "\\u0001", '":0}'),
    "long-name-of-surrogates": ('{"', "\\ud83e", '":0}'),
    "long-name-of-marks": ('{"a', "\u0301\u0316", '":0}'),
    "same-field": ("{", '"email":0,', '"email":0}'),
    "same-unknown-field": ("{", '"k":0,', '"k":0}'),
    "same-hash": ("{", '"{}00000000000000000":0,', '"z":0}'),
    "prototypes": ("{", '"__proto__":{"a":0},', '"constructor":0}'),
    "numbered-fields": ("{", '"{}":0,', '"z":0}'),
    "deep-arrays": ('{"email":', "[", ""),
    "deep-objects": ('{"email":', '{"a":', ""),
    "deep-empty-names": ("", '{"":', ""),
    "wide-array": ('{"title":[', "0,", "0]}"),
    "wide-array-of-objects": ('{"email":[', "{},", "{}]}"),
    "wide-array-of-texts": ('{"password":[', '"",', '""]}'),
    "array-as-the-body": ("[", "{},", "{}]"),
    "text-as-the-body": ('"', "x", '"'),
    "digits": ('{"email":', "9", "}"),
    "negative-digits": ('{"email":-', "1", "}"),
    "fraction": ('{"email":0.', "1", "}"),
    "exponent": ('{"email":1e', "9", "}"),
    "zeros-and-exponent": ('{"email":0.', "0", "1e1}"),
    "many-numbers": ("[", "1e999,", "0]"),
    "unicode-escapes": ('{"title":"', "\\u0301", '"}'),
    "escaped-escapes": ('{"title":"', "\\\\u0061", '"}'),
    "escaped-slashes": ('{"title":"', "\\/", '"}'),
    "short-escapes": ('{"title":"', "\\u12", '"}'),
    "white-space": ("", " ", ""),
    "white-space-before": ("", "\n", "{}"),
    "white-space-inside": ("{", " \t\r\n", "}"),
    "white-space-after": ('{"title":"x"}', " ", ""),
    "byte-order-marks": ("", "\ufeff", "{}"),
    "open-text": ('{"title":"', "x", ""),
    "open-names": ("", '{"a":', ""),
    "commas": ("[", ",", "]"),
    "comments": ("", "/*", "{}"),
    "words": ("[", "NaN,", "0]"),
    "nulls": ("", "\x00", ""),
    "replacement": ("", "\ufffd", ""),
}

# What a body says about itself: (headers, body). None of them is JSON by its headers.
CODINGS: dict[str, tuple[dict[str, str], Text]] = {
    "form": ({"Content-Type": "application/x-www-form-urlencoded"}, ("", "a{}=1&", "")),
    "form-nested": ({"Content-Type": "application/x-www-form-urlencoded"}, ("a", "[b]", "=1")),
    "multipart": (
        {"Content-Type": "multipart/form-data; boundary=x"},
        ("", '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n\r\n', "--x--"),
    ),
    "text": ({"Content-Type": "text/plain"}, ("", "x", "")),
    "xml": ({"Content-Type": "application/xml"}, ("", "<a>", "")),
    "brotli": (JSON | {"Content-Encoding": "br"}, ("", "x", "")),
    "many-codings": (JSON | {"Content-Encoding": "gzip, " * 1000 + "br"}, ("", "x", "")),
    "charset": ({"Content-Type": "application/json; charset=utf-7"}, ("", "+AGE-", "")),
    "parameters": ({"Content-Type": "application/json" + ";a=b" * 3000}, ("{", " ", "}")),
    "semicolons": ({"Content-Type": "application/json" + ";" * HEAD_BYTES}, ("{", " ", "}")),
    "quoted-parameter": (
        {"Content-Type": 'application/json; a="' + '\\"' * 5000},
        ("{", " ", "}"),
    ),
    "spaces-in-type": (
        {"Content-Type": "application/json" + " " * HEAD_BYTES + "x"},
        ("", "x", ""),
    ),
}

# How a body is cut into chunks (RFC 9112, section 7.1): the text is on the wire as it stands.
CHUNKS: dict[str, Text] = {
    "of-one-byte": ("", "1\r\nx\r\n", "0\r\n\r\n"),
    "with-extensions": ("", f"1;{'x' * 500}\r\nx\r\n", "0\r\n\r\n"),
    "with-long-sizes": ("", f"{'0' * 12}1\r\nx\r\n", "0\r\n\r\n"),
    "with-trailers": ("2\r\n[]\r\n0\r\n", "X-{}: x\r\n", "\r\n"),
}


def with_body(path: str, text: Text) -> Attack:
    return Attack("POST", path, JSON, numbered(text, BODY_BYTES))


def with_coding(path: str, coding: tuple[dict[str, str], Text]) -> Attack:
    headers, text = coding
    return Attack("POST", path, headers, numbered(text, BODY_BYTES))


def in_chunks(path: str, text: Text) -> Attack:
    size = HEAD_BYTES if text[0] else TEXT_BYTES
    return Attack("POST", path, JSON | {"Transfer-Encoding": "chunked"}, numbered(text, size))


def bomb(path: str) -> Attack:
    """Return a body that is 64 MB when it is decompressed."""
    squeeze = zlib.compressobj(wbits=31)
    block = bytes(2**20)
    body = b"".join(squeeze.compress(block) for _ in range(64)) + squeeze.flush()
    return Attack("POST", path, JSON | {"Content-Encoding": "gzip"}, body)


def numbered(text: Text, size: int) -> bytes:
    """Return a text of so many bytes, with the number of each repetition in place of `{}`."""
    start, repeated, end = (part.encode() for part in text)
    if b"{}" not in repeated:
        return start + repeated * ((size - len(start) - len(end)) // len(repeated)) + end
    longest = len(repeated) + len("100000") - len("{}")
    count = (size - len(start) - len(end)) // longest
    return start + b"".join(repeated.replace(b"{}", b"%d" % n) for n in range(count)) + end


# What stands in a path or a query, which have room for less.
PATHS: dict[str, Text] = {
    "letters": ("/", "x", ""),
    "segments": ("", "/x", ""),
    "slashes": ("", "/", ""),
    "dots": ("", "/..", ""),
    "semicolons": ("/api/v1/items", ";x=y", ""),
    "escaped-letters": ("/", "%41", ""),
    "escaped-slashes": ("/api", "%2F", ""),
    "escaped-nulls": ("/", "%00", ""),
    "escaped-marks": ("/a", "%CC%81%CC%96", ""),
    "not-utf-8": ("/", "%FF", ""),
    "half-an-escape": ("/", "%", ""),
    "no-escape": ("/", "%zz", ""),
    "escaped-percents": ("/", "%2525", ""),
    "item-of-zeros": ("/api/v1/items/", "0", ""),
    "item-of-hyphens": ("/api/v1/items/", "-", ""),
    "item-of-identifiers": ("/api/v1/items/", "018f6e9c-0000-7000-8000-000000000000", ""),
    "item-of-escapes": ("/api/v1/items/", "%C3%A9", ""),
    "item-of-spaces": ("/api/v1/items/", "%20", ""),
    "item-in-braces": ("/api/v1/items/{", "0", "}"),
    "below-an-item": ("/api/v1/items/018f6e9c-0000-7000-8000-000000000000", "/x", ""),
    "below-the-docs": ("/docs/", "x", ""),
    "below-the-docs-escaped": ("/docs/", "%2e%2e%2f", ""),
    "below-the-docs-not-utf-8": ("/docs/", "%ff", ""),
}
QUERIES: dict[str, Text] = {
    "cursor-of-letters": ("cursor=", "A", ""),
    "cursor-of-dots": ("cursor=", ".", ""),
    "cursor-of-padding": ("cursor=", "=", ""),
    "cursor-of-percents": ("cursor=", "%25", ""),
    "cursor-of-marks": ("cursor=a", "%CC%81%CC%96", ""),
    "cursor-of-digits": ("cursor=", "9", ""),
    "cursor-of-nulls": ("cursor=", "%00", ""),
    "cursor-not-utf-8": ("cursor=", "%FF", ""),
    "cursors": ("", "cursor=A&", ""),
    "limit-of-digits": ("limit=", "9", ""),
    "limit-of-zeros": ("limit=", "0", "1"),
    "limit-of-spaces": ("limit=", "+", "5"),
    "limit-with-fraction": ("limit=5.", "0", ""),
    "limit-with-exponent": ("limit=1e", "9", ""),
    "limit-with-underlines": ("limit=1", "_1", ""),
    "limits": ("", "limit=5&", ""),
    "parameters": ("", "a{}=1&", ""),
    "nameless": ("", "&", ""),
    "equals": ("", "=", ""),
    "nested": ("a", "[b]", "=1"),
    "arrays": ("", "a[]=1&", ""),
    "indices": ("", "a[{}]=1&", ""),
    "prototypes": ("", "__proto__[x]=1&", ""),
    "limits-in-brackets": ("", "limit[]=5&", ""),
    "question-marks": ("", "?", ""),
    "pluses": ("a=", "+", ""),
}
# Cursors that are well-formed further than to the first letter: base64 of these.
CURSORS: dict[str, Text] = {
    "deep": ("", "[", ""),
    "deep-objects": ("", '{"a":', ""),
    "digits": ("[1,", "9", "]"),
    "text": ('["', "x", '"]'),
    "numbers": ("", "1", ""),
    "separators": ("1", "|", ""),
    "colons": ("v1", ":9", ""),
    "dots": ("1", ".2", ""),
    "nulls": ("", "\x00", ""),
    "marks": ("a", "\u0301\u0316", ""),
}


def cursor(text: Text) -> str:
    return f"cursor={encode(fill(text, HEAD_BYTES * 2 // 3).encode())}"


def short(text: Text) -> str:
    return numbered(text, HEAD_BYTES).decode()


# The values of a header, on a path where something may read it.
HEADERS: dict[str, tuple[str, str, Text]] = {
    "bearer-dots": ("/api/v1/items", "Authorization", ("Bearer ", ".", "")),
    "bearer-parts": ("/api/v1/items", "Authorization", ("Bearer ", "e30.", "e30")),
    "bearer-letters": ("/api/v1/items", "Authorization", ("Bearer ", "A", ".A.A")),
    "bearer-payload": ("/api/v1/items", "Authorization", ("Bearer e30.", "A", ".A")),
    "bearer-signature": ("/api/v1/items", "Authorization", ("Bearer e30.e30.", "A", "")),
    "bearer-padding": ("/api/v1/items", "Authorization", ("Bearer e30", "=", ".e30.A")),
    "bearer-spaces": ("/api/v1/items", "Authorization", ("Bearer", " ", "x")),
    "bearer-tabs": ("/api/v1/items", "Authorization", ("Bearer x", "\t", "x")),
    "bearer-words": ("/api/v1/items", "Authorization", ("", "Bearer ", "x")),
    "bearer-commas": ("/api/v1/items", "Authorization", ("Bearer x", ",", "")),
    "basic": ("/api/v1/items", "Authorization", ("Basic ", "A", "")),
    "request-id": ("/nothing", "X-Request-ID", ("", "x", "")),
    "request-id-spaces": ("/nothing", "X-Request-ID", ("x", " ", "x")),
    "accept": ("/docs", "Accept", ("", "text/html;q=0.1,", "*/*")),
    "accept-parameters": ("/api/v1/items", "Accept", ("text/html", ";a=b", "")),
    "accept-encoding": ("/openapi.json", "Accept-Encoding", ("", "gzip;q=0.1,", "br")),
    "accept-encoding-names": ("/docs", "Accept-Encoding", ("", "x{},", "gzip")),
    "accept-language": ("/docs", "Accept-Language", ("", "de;q=0.1,", "en")),
    "accept-charset": ("/nothing", "Accept-Charset", ("", "x,", "utf-8")),
    "cookies": ("/nothing", "Cookie", ("", "a{}=b; ", "z=z")),
    "cookie-equals": ("/nothing", "Cookie", ("a", "=", "")),
    "cookie-quotes": ("/nothing", "Cookie", ('a="', "\\", '"')),
    "origin": ("/api/v1/items", "Origin", ("https://", "a.", "example")),
    "user-agent": ("/nothing", "User-Agent", ("", "Mozilla/5.0 (", "")),
    "referer": ("/nothing", "Referer", ("https://a/?", "a=b&", "")),
    "ranges": ("/docs", "Range", ("bytes=", "0-0,", "1-1")),
    "ranges-growing": ("/docs", "Range", ("bytes=", "{}-,", "0-")),
    "ranges-whole": ("/openapi.json", "Range", ("bytes=", "0-,", "0-")),
    "range-digits": ("/docs", "Range", ("bytes=0-", "9", "")),
    "range-spaces": ("/docs", "Range", ("bytes=", " ", "0-1")),
    "range-commas": ("/docs", "Range", ("bytes=", ",", "0-1")),
    "range-hyphens": ("/docs", "Range", ("bytes=", "-", "")),
    "if-none-match": ("/openapi.json", "If-None-Match", ("", '"x{}",', '"y"')),
    "if-none-match-spaces": ("/docs", "If-None-Match", ('W/"x"', " ", ',"y"')),
    "if-match": ("/docs", "If-Match", ("", '"x{}",', '"y"')),
    "if-modified-since": ("/docs", "If-Modified-Since", ("", "Mon, ", "")),
    "if-range": ("/docs", "If-Range", ("", "Mon, ", "")),
    "forwarded": ("/nothing", "Forwarded", ("", "for=1.1.1.1,", "for=x")),
    "forwarded-host": ("/nothing", "X-Forwarded-Host", ("", "a.", "example")),
    "traceparent": ("/nothing", "Traceparent", ("00-", "0", "-01")),
    "content-length-on-get": ("/nothing", "Content-Type", ("application/json", ";", "")),
    "latin-1": ("/nothing", "X-Anything", ("", "\u00ff", "")),
    "spaces": ("/nothing", "X-Anything", ("x", " ", "x")),
}
# For a service that believes whoever sends them.
FORWARDED: dict[str, tuple[str, str, Text]] = {
    "addresses": ("/nothing", "X-Forwarded-For", ("", "10.0.0.1,", "127.0.0.1")),
    "trusted": ("/nothing", "X-Forwarded-For", ("", "127.0.0.1,", "127.0.0.1")),
    "mapped": ("/nothing", "X-Forwarded-For", ("", "::ffff:10.0.0.1,", "::ffff:127.0.0.1")),
    "six": ("/nothing", "X-Forwarded-For", ("", "2001:db8::{},", "::1")),
    "zones": ("/nothing", "X-Forwarded-For", ("fe80::1%", "a", "")),
    "colons": ("/nothing", "X-Forwarded-For", ("", ":", "")),
    "dots": ("/nothing", "X-Forwarded-For", ("", "1.", "")),
    "digits": ("/nothing", "X-Forwarded-For", ("", "1", "")),
    "zeros": ("/nothing", "X-Forwarded-For", ("", "0", "1.1.1.1")),
    "spaces": ("/nothing", "X-Forwarded-For", ("1.1.1.1", " ", ",127.0.0.1")),
    "commas": ("/nothing", "X-Forwarded-For", ("", ",", "")),
    "protocols": ("/nothing", "X-Forwarded-Proto", ("", "https,", "http")),
    "hosts": ("/nothing", "X-Forwarded-Host", ("", "a.example,", "b")),
}


def with_header(given: tuple[str, str, Text]) -> Attack:
    path, name, text = given
    return Attack("GET", path, {name: short(text)})


def many_headers(path: str) -> Attack:
    return Attack("GET", path, {f"X-{n}": "x" for n in range(500)})


def long_header_name(path: str) -> Attack:
    return Attack("GET", path, {"X" * HEAD_BYTES: "x"})


# Parts of a token that are base64 of these: the first is its header, which is read unverified.
TOKEN_HEADERS: dict[str, Text] = {
    "deep-arrays": ("", "[", ""),
    "deep-objects": ("", '{"a":', ""),
    "closed-arrays": ('{"alg":"HS256","typ":"at+jwt","x":', "[", "]}"),
    "digits": ('{"alg":', "9", "}"),
    "names": ("{", '"k{}":0,', '"alg":"HS256"}'),
    "same-name": ("{", '"alg":"none",', '"alg":"HS256"}'),
    "algorithm": ('{"alg":"', "x", '"}'),
    "key-id": ('{"alg":"RS256","typ":"at+jwt","kid":"', "x", '"}'),
    "critical": ('{"alg":"HS256","typ":"at+jwt","crit":[', '"x",', '"y"]}'),
    "surrogates": ('{"alg":"', "\\ud800", '"}'),
    "not-utf-8": ("", "\x00", ""),
    "spaces": ("", " ", "{}"),
}


def with_token_header(text: Text) -> Attack:
    header = encode(numbered(text, HEAD_BYTES * 2 // 3))
    return Attack("GET", "/api/v1/items", {"Authorization": f"Bearer {header}.e30.AAAA"})
