"""Addresses of catalogues: what is understood, and that a password is never shown."""

from __future__ import annotations

import pytest

from dh_jupyter.catalogue import Catalogue, address
from dh_kernel.errors import Invalid


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////srv/dh/catalogue.sqlite", "/srv/dh/catalogue.sqlite"),
        ("postgresql://ada:s3cret@db:5433/dh", "postgresql://ada@db:5433/dh"),
        ("postgres://ada:s3cret@db/dh", "postgresql://ada@db/dh"),
        ("postgresql+psycopg://db/dh?password=s3cret&sslmode=require", "postgresql://db/dh"),
        ("postgresql://ada:s3%2Fcr%40et@db/dh", "postgresql://ada@db/dh"),
    ],
)
def test_what_is_understood_and_shown(url: str, shown: str) -> None:
    found = address.parsed(url)
    assert address.shown(found) == shown
    assert found.drivername in ("sqlite", "postgresql+psycopg")


@pytest.mark.parametrize(
    "url",
    ["", "s3cret", "mysql://ada:s3cret@db/dh", "postgresql+asyncpg://ada:s3cret@db/dh", "postgresql://a:s3cret@b:x/d"],
)
def test_what_is_not_understood_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        Catalogue(url)
    assert "s3cret" not in str(caught.value)
    assert "postgresql://user:password@host/database" in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://ada:s3cret@db/dh", "postgresql://db/dh?password=s3cret"])
def test_a_text_of_the_driver_loses_the_password(url: str) -> None:
    text = address.without_password(address.parsed(url), "FATAL: invalid: host=db password=s3cret")
    assert text == "FATAL: invalid: host=db password=***"
