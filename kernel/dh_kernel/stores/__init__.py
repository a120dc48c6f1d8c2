"""Bytes by URI; the scheme chooses the store, a plain absolute path is a file."""

from __future__ import annotations

from typing import cast

from .. import plugins
from .base import FileInfo, Store

__all__ = ["FileInfo", "Store", "store_for"]


def store_for(uri: str) -> Store:
    """The store of a URI. Raises NotInstalled, with what there is."""
    scheme = uri.partition("://")[0] if "://" in uri else "file"
    if scheme == "file":
        from .file import FileStore  # works also where no distribution says so

        return FileStore()
    if scheme == "s3":
        from .s3 import S3Store

        return S3Store()
    return cast(Store, plugins.load(plugins.STORES, scheme)())
