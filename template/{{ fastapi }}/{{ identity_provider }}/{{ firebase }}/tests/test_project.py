import pytest
from pydantic import ValidationError

from app.settings import problems_of
from tests.service import settings_of


@pytest.mark.parametrize("audience", ["other-project", "example-project,other-project"])
def test_issuer_and_audience_are_of_one_project(audience: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_of(oidc_audience=audience)
    assert problems_of(refused.value) == [
        "OIDC_AUDIENCE: must be the project id that OIDC_ISSUER ends with"
    ]
