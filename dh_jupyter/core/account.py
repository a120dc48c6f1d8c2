"""Where Core is and who asks there, as the public SDK finds it: the environment, and a profile of `~/.dhcore.ini`.

Addresses come from the environment first, credentials from the file first (core-api, section 12).
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dh_kernel.errors import Invalid

ENDPOINT = "DHCORE_ENDPOINT"


@dataclass(frozen=True)
class Account:
    """`endpoint`: Core's address, without a slash at its end. The rest is empty where nothing is said."""

    endpoint: str
    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    personal: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    client_id: str = ""
    issuer: str = ""
    token_endpoint: str = ""


def account(url: str, profile: str, environment: Mapping[str, str]) -> Account:
    """`url` and `profile` as the settings say; empty: as the environment or the file does. Raises Invalid."""
    file = Path(environment.get("DH_CONFIG") or Path(environment.get("HOME") or "~").expanduser() / ".dhcore.ini")
    section = _section(file, profile or environment.get("DH_NAME", ""))

    def place(name: str) -> str:
        return environment.get(name) or section.get(name.lower(), "")

    def secret(name: str) -> str:
        return section.get(name.lower()) or environment.get(name, "")

    endpoint = (url or place(ENDPOINT)).rstrip("/")
    if not endpoint.startswith(("http://", "https://")):
        raise Invalid(f"'{endpoint}' can't be DigitalHub Core's address.", "e.g. https://core.example.org")
    return Account(
        endpoint,
        secret("DHCORE_ACCESS_TOKEN"),
        secret("DHCORE_REFRESH_TOKEN"),
        secret("DHCORE_PERSONAL_ACCESS_TOKEN"),
        secret("DHCORE_USER"),
        secret("DHCORE_PASSWORD"),
        place("DHCORE_CLIENT_ID"),
        place("DHCORE_ISSUER").rstrip("/"),
        place("OAUTH2_TOKEN_ENDPOINT"),
    )


def _section(file: Path, profile: str) -> dict[str, str]:
    """A profile's lines; without a name the current one, which the file's defaults name."""
    if not file.is_file():
        if profile:
            raise Invalid(f"There is no {file}, so no profile '{profile}'.", "Make it with dhcli, or set DHCORE_*.")
        return {}
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise Invalid(f"{file} can't be read: {' '.join(str(error).split())}.", "Mend it, or move it away.") from error
    name = profile or parser.defaults().get("current_environment", "")
    if name and not parser.has_section(name):
        there = ", ".join(parser.sections()) or "none"
        raise Invalid(f"{file} has no profile '{name}'.", f"There is: {there}.")
    return dict(parser[name] if name else parser.defaults())
