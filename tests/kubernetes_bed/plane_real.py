"""The real control plane: etcd and Kubernetes 1.20.2 built by real/build.sh, all on loopback.

Ready in 7-14 s. 650 MB of memory. The flags that are not obvious say why they are there.
"""

import shutil
import subprocess
from pathlib import Path

from .certs import Certificates, Identity
from .plane import DEFAULT_ACCOUNT, PlaneNotBuilt, answers
from .process import Process, free_port
from .timing import EVICTION_SECONDS, NODE_GRACE_SECONDS

BUILD_SCRIPT = Path(__file__).parent / "real" / "build.sh"
START_SECONDS = 120
LOOPBACK = "127.0.0.1"


def binaries() -> Path:
    """The folder of the built programs. Raises PlaneNotBuilt with what to do."""
    command = [str(BUILD_SCRIPT), "--where"]
    folder = Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
    if not (folder / "hyper").exists():
        raise PlaneNotBuilt(
            f"Kubernetes 1.20.2 is not built: run {BUILD_SCRIPT.relative_to(BUILD_SCRIPT.parents[2])} "
            "(5-14 minutes, once; KUBERNETES_BED_CACHE keeps it)"
        )
    if not shutil.which("etcd"):
        raise PlaneNotBuilt("etcd is not installed: Debian's package etcd-server")
    return folder


class RealPlane:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._binaries = binaries()
        self._port = free_port()
        self._etcd_port = free_port()
        self.server = f"https://{LOOPBACK}:{self._port}"
        self._apiserver: Process | None = None
        self._controllers: list[Process] = []

    @property
    def _pki(self) -> Path:
        return self._folder / "pki"

    def start(self) -> None:
        self._start_etcd()
        self.start_apiserver()

    def stop_apiserver(self) -> None:
        assert self._apiserver
        self._apiserver.kill()

    def start_apiserver(self) -> None:
        command = [str(self._binaries / "kube-apiserver"), *self._apiserver_flags()]
        self._apiserver = Process.start("kube-apiserver", command, self._folder)
        self._apiserver.wait_ready(lambda: self._answers("/readyz"), START_SECONDS)
        self._start_controllers()

    def _start_controllers(self) -> None:
        """Anew with each API server: after an outage their watches back off for up to 30 s, and
        meanwhile all nodes look silent to them."""
        for process in self._controllers:
            process.kill()
        manager = self._start_component("controller-manager", self._controller_manager_flags())
        scheduler = self._start_component("scheduler", [])
        self._controllers = [manager, scheduler]
        manager.wait_ready(lambda: self._answers(DEFAULT_ACCOUNT), START_SECONDS)

    def _answers(self, path: str) -> bool:
        return answers(self.server, self._pki, path)

    def _start_etcd(self) -> None:
        client, peer = f"http://{LOOPBACK}:{self._etcd_port}", f"http://{LOOPBACK}:{free_port()}"
        command = ["etcd", "--name", "bed", "--data-dir", str(self._folder / "memory" / "etcd")]
        command += ["--listen-client-urls", client, "--advertise-client-urls", client]
        command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        command += ["--initial-cluster", f"bed={peer}", "--log-level", "warn"]
        Process.start("etcd", command, self._folder)

    def _apiserver_flags(self) -> list[str]:
        certificates = Certificates(self._pki)
        flags = {
            "etcd-servers": f"http://{LOOPBACK}:{self._etcd_port}",
            "bind-address": LOOPBACK,
            "secure-port": str(self._port),
            # loopback may not be advertised, and nobody uses the advertised address
            "advertise-address": "192.0.2.1",
            "endpoint-reconciler-type": "none",
            "service-cluster-ip-range": "10.96.0.0/24",
            "authorization-mode": "Node,RBAC",
            "token-auth-file": certificates.path("tokens.csv"),
            "client-ca-file": certificates.path("ca.crt"),
            "tls-cert-file": certificates.path("apiserver.crt"),
            "tls-private-key-file": certificates.path("apiserver.key"),
            "service-account-key-file": certificates.path("service-account.pub"),
            "service-account-signing-key-file": certificates.path("service-account.key"),
            "service-account-issuer": "https://kubernetes.default.svc",
            "kubelet-certificate-authority": certificates.path("ca.crt"),
            "kubelet-client-certificate": certificates.path("apiserver-kubelet-client.crt"),
            "kubelet-client-key": certificates.path("apiserver-kubelet-client.key"),
            "kubelet-preferred-address-types": "InternalIP",
            "allow-privileged": "true",
            "cert-dir": str(self._folder / "apiserver"),
            "feature-gates": "TTLAfterFinished=true",
            "default-unreachable-toleration-seconds": f"{EVICTION_SECONDS:.0f}",
            "default-not-ready-toleration-seconds": f"{EVICTION_SECONDS:.0f}",
        }
        return [f"--{name}={value}" for name, value in flags.items()]

    def _controller_manager_flags(self) -> list[str]:
        certificates = Certificates(self._pki)
        return [
            f"--service-account-private-key-file={certificates.path('service-account.key')}",
            f"--root-ca-file={certificates.path('ca.crt')}",
            "--use-service-account-credentials=true",
            "--feature-gates=TTLAfterFinished=true",
            "--node-monitor-period=1s",
            "--pvclaimbinder-sync-period=1s",
            f"--node-monitor-grace-period={NODE_GRACE_SECONDS:.0f}s",
        ]

    def _start_component(self, name: str, flags: list[str]) -> Process:
        """The controller manager or the scheduler; they take the same flags to reach the API."""
        identity = Identity(f"system:kube-{name}")
        kubeconfig = Certificates(self._pki).kubeconfig(f"kube-{name}", identity, self.server)
        common = [
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={free_port()}",
            "--port=0",  # 1.20 would also serve plain HTTP, on all addresses
            "--leader-elect=false",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
            f"--cert-dir={self._folder / name}",
        ]
        command = [str(self._binaries / f"kube-{name}"), *common, *flags]
        return Process.start(f"kube-{name}", command, self._folder)
