import pytest

# So that a failing check shows the values, as in a test.
pytest.register_assert_rewrite("tests.checks", "tests.identity")
