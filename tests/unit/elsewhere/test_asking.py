"""A kernel's request on its way to the broker: the run's word becomes the kernel's token, and nothing else comes through."""

from __future__ import annotations

import pytest

from dh_jupyter.elsewhere.asking import Broker, Refused, as_asked

BROKER = Broker("http://127.0.0.1:8888/user/ann/", "the-token")
WORD = b"the-word"


def test_a_request_goes_by_the_kernels_token_and_alone() -> None:
    head = (
        b"POST /user/ann/dh/api/v1/-/p/runs?x=1 HTTP/1.1\r\nHost: 127.0.0.1:40000\r\nauthorization: Bearer the-word\r\n"
        b"Connection: keep-alive\r\nContent-Length: 2\r\nX-Dh-Client: 1.0\r\n\r\n"
    )
    assert as_asked(head, WORD, BROKER).split(b"\r\n") == [
        b"POST /user/ann/dh/api/v1/-/p/runs?x=1 HTTP/1.1",
        b"Host: 127.0.0.1:8888",
        b"Authorization: Bearer the-token",
        b"Connection: close",
        b"Content-Length: 2",
        b"X-Dh-Client: 1.0",
        b"",
        b"",
    ]


def test_a_link_is_its_own_right() -> None:
    head = b"PUT /user/ann/dh/files/TICKET/a.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer y\r\n\r\n"
    told = as_asked(head, WORD, BROKER)
    assert told.split(b"\r\n")[1:] == [b"Host: 127.0.0.1:8888", b"Connection: close", b"", b""]


@pytest.mark.parametrize(
    "head",
    [
        b"GET /user/ann/dh/api/auth HTTP/1.1\r\n\r\n",
        b"GET /user/ann/dh/api/auth HTTP/1.1\r\nAuthorization: Bearer the-wrong\r\n\r\n",
        b"GET /user/ann/dh/api/auth HTTP/1.1\r\nAuthorization:\r\n\r\n",
        b"GET /user/ann/api/contents HTTP/1.1\r\nAuthorization: Bearer the-word\r\n\r\n",
        b"GET /user/bob/dh/api/auth HTTP/1.1\r\nAuthorization: Bearer the-word\r\n\r\n",
        b"GET /user/ann/dh/../api/contents HTTP/1.1\r\nAuthorization: Bearer the-word\r\n\r\n",
        b"GET /user/ann/dh/api/auth\r\nAuthorization: Bearer the-word\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_what_is_none_of_a_kernels_requests_goes_nowhere(head: bytes) -> None:
    with pytest.raises(Refused):
        as_asked(head, WORD, BROKER)
