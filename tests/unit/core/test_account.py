"""Where Core is, and who asks: as the public SDK finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dh_jupyter.core.account import account
from dh_kernel.errors import Invalid

INI = """[DEFAULT]
current_environment = there
[there]
dhcore_endpoint = https://there.example/
dhcore_access_token = from-file
dhcore_issuer = https://issuer.example/
[other]
dhcore_endpoint = https://other.example
dhcore_refresh_token = renew
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "dhcore.ini").write_text(INI)
    return tmp_path / "dhcore.ini"


@pytest.mark.parametrize(
    ("url", "profile", "environment", "wanted"),
    [
        ("", "", {}, ("https://there.example", "from-file", "")),
        ("", "other", {}, ("https://other.example", "", "renew")),
        ("", "", {"DH_NAME": "other"}, ("https://other.example", "", "renew")),
        ("http://set.example/dh/", "", {"DHCORE_ENDPOINT": "http://env"}, ("http://set.example/dh", "from-file", "")),
        ("", "", {"DHCORE_ENDPOINT": "http://env", "DHCORE_ACCESS_TOKEN": "env"}, ("http://env", "from-file", "")),
        ("", "other", {"DHCORE_ACCESS_TOKEN": "env"}, ("https://other.example", "env", "renew")),
    ],
)
def test_addresses_from_the_environment_and_credentials_from_the_file_first(
    file: Path, url: str, profile: str, environment: dict[str, str], wanted: tuple[str, str, str]
) -> None:
    found = account(url, profile, {"DH_CONFIG": str(file), **environment})
    assert (found.endpoint, found.access, found.refresh) == wanted
    assert "from-file" not in repr(found)


def test_without_a_file_the_environment_is_enough(tmp_path: Path) -> None:
    found = account(
        "", "", {"HOME": str(tmp_path), "DHCORE_ENDPOINT": "http://x", "DHCORE_USER": "ada", "DHCORE_PASSWORD": "p"}
    )
    assert (found.endpoint, found.user, found.password) == ("http://x", "ada", "p")


@pytest.mark.parametrize(
    ("url", "profile", "text", "said"),
    [
        ("", "", "", "can't be DigitalHub Core's address"),
        ("core.example", "", INI, "can't be DigitalHub Core's address"),
        ("", "none", INI, r"has no profile 'none'.\nThere is: there, other"),
        ("http://x", "", "no section\n", "can't be read"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, url: str, profile: str, text: str, said: str) -> None:
    (tmp_path / "ini").write_text(text)
    with pytest.raises(Invalid, match=said):
        account(url, profile, {"DH_CONFIG": str(tmp_path / "ini")})
    with pytest.raises(Invalid, match="so no profile 'x'"):
        account("http://x", "x", {"HOME": str(tmp_path)})
