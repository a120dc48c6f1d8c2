"""The executor for Kubernetes passes the suite that every executor passes: real worker, real pods of the bed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dh_jupyter.deliveries import Deliveries
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.testing.executors import ExecutorSuite
from tests.integration.kubernetes_executor.conftest import with_store


class TestOnAClaim(ExecutorSuite):
    @pytest.fixture
    def make_executor(self, home: Path, on_a_claim: KubernetesSettings) -> Callable[[], KubernetesExecutor]:
        return lambda: KubernetesExecutor(home, settings=on_a_claim)

    @pytest.fixture
    def tmp_path(self, home: Path) -> Path:
        """Where the suite writes its attempts: in the home, on the claim."""
        return home


@pytest.mark.one_plane
class TestOverTheStore(ExecutorSuite):
    """No claim: what a pod makes comes back through an S3, to a folder that the pod does not see."""

    @pytest.fixture
    def make_executor(
        self, tmp_path: Path, by_store: KubernetesSettings, deliveries: Deliveries
    ) -> Callable[[], KubernetesExecutor]:
        return lambda: with_store(tmp_path, by_store, deliveries)
