"""Slugs and texts that are safe wherever a rendered project uses them."""

import keyword

import pytest
from copier_backend import names


@pytest.mark.parametrize(
    "value", ["ab", "orders", "order-service", "a1", "x" * 40, "test", "app", "o2-billing-v3"]
)
def test_usable_slug_is_accepted(value: str) -> None:
    assert names.is_slug(value)


@pytest.mark.parametrize(
    "value",
    [
        *("", "a", "x" * 41, "x" * 200),
        *("My App!", "my_app", "my app", "myApp", "../x", "a/b", "a.b", "größe"),
        *("1st", "-a", "a-", "a--b", "a\n", "a-b\n", " ab"),
        *("class", "import", "async"),
        *("fastapi", "pytest", "redis"),
    ],
)
def test_unusable_slug_is_refused(value: str) -> None:
    assert not names.is_slug(value)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Orders", "orders"),
        ("Order Service", "order-service"),
        ("  Café & Größe  ", "cafe-groe"),
        ("3D Prints", "d-prints"),
        ("注文", "service"),
        ("class", "class-service"),
        ("FastAPI", "fastapi-service"),
        ("!", "service"),
        ("x" * 80, "x" * 40),
    ],
)
def test_slug_is_made_from_the_name(name: str, slug: str) -> None:
    assert names.slug(name) == slug


@pytest.mark.parametrize("word", [*keyword.kwlist, *sorted(names.DEPENDENCIES)])
def test_proposed_slug_is_always_usable(word: str) -> None:
    assert names.is_slug(names.slug(word))


@pytest.mark.parametrize("text", ["Orders", "Ada's café", "100 % done", "注文", "a: b # c"])
def test_plain_text_is_accepted(text: str) -> None:
    assert names.is_plain_text(text)


@pytest.mark.parametrize(
    "text", ['say "hi"', "a\\b", "a\nb", "a\tb", "{{ x }}", "<b>", "a\x00b", "a\u2028b", "a\u202eb"]
)
def test_text_that_breaks_manifests_is_refused(text: str) -> None:
    assert not names.is_plain_text(text)
