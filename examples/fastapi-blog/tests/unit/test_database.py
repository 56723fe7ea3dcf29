import pytest

from app.database import to_sqlalchemy_url


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_usual_form_of_an_address_names_the_driver_afterwards(scheme: str):
    assert to_sqlalchemy_url(f"{scheme}://u:p@h/d") == "postgresql+psycopg://u:p@h/d"
