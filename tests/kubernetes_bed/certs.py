"""Certificates, tokens and kubeconfigs of one bed.

A real PKI, only small: one CA, a serving certificate for loopback, a client certificate for each
component and node. Valid for a week and only for 127.0.0.1, so the files are worthless elsewhere.
"""

import base64
import datetime
import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes-bed")])
SERVER_NAMES = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"]
SERVER_ADDRESSES = ["127.0.0.1", "10.96.0.1"]

# token, user, uid, groups: the lines of kube-apiserver's --token-auth-file
ADMIN_TOKEN = "admin-token"
TOKENS = [
    (ADMIN_TOKEN, "admin", "1", "system:masters"),
    ("broker-token", "broker", "2", ""),  # no rights until a test binds a Role to user "broker"
    ("stranger-token", "stranger", "3", ""),  # never gets any
]

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Identity:
    """Who a client certificate says its holder is."""

    user: str
    groups: tuple[str, ...] = ()


def node_identity(node: str) -> Identity:
    return Identity(f"system:node:{node}", ("system:nodes",))


class Certificates:
    """The `pki` folder of a bed. Issues more certificates later, for nodes that join."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, folder: Path) -> "Certificates":
        folder.mkdir(parents=True, exist_ok=True)
        certificates = cls(folder)
        certificates._create_authority()
        certificates._create_service_account_key()
        certificates.issue("apiserver", Identity("kube-apiserver"), server=True)
        masters = Identity("kube-apiserver-kubelet-client", ("system:masters",))
        certificates.issue("apiserver-kubelet-client", masters)
        lines = [",".join(row).rstrip(",") for row in TOKENS]
        certificates._write("tokens.csv", "\n".join(lines).encode() + b"\n")
        return certificates

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def issue(self, name: str, identity: Identity, server: bool = False) -> None:
        """Writes `name`.crt and `name`.key, signed by the bed's CA."""
        key = ec.generate_private_key(ec.SECP256R1())
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        if server:
            usages.append(ExtendedKeyUsageOID.SERVER_AUTH)
        builder = _builder(_subject(identity), key).add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        if server:
            builder = builder.add_extension(_loopback_names(), critical=False)
        certificate = builder.sign(self._authority_key(), hashes.SHA256())
        self._write(f"{name}.crt", certificate.public_bytes(Encoding.PEM))
        self._write(f"{name}.key", _private_pem(key))

    def kubeconfig(self, name: str, identity: Identity, server: str) -> Path:
        """Issues a client certificate and writes the kubeconfig that carries it."""
        self.issue(name, identity)
        user = {
            "client-certificate-data": self._base64(f"{name}.crt"),
            "client-key-data": self._base64(f"{name}.key"),
        }
        return self._write_kubeconfig(name, user, server)

    def token_kubeconfig(self, name: str, token: str, server: str) -> Path:
        return self._write_kubeconfig(name, {"token": token}, server)

    def _write_kubeconfig(self, name: str, user: dict[str, str], server: str) -> Path:
        cluster = {"server": server, "certificate-authority-data": self._base64("ca.crt")}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "bed",
            "contexts": [{"name": "bed", "context": {"cluster": "bed", "user": name}}],
            "clusters": [{"name": "bed", "cluster": cluster}],
            "users": [{"name": name, "user": user}],
        }
        return self._write(f"{name}.kubeconfig", json.dumps(config, indent=1).encode())

    def _create_authority(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        certificate = (
            _builder(CA_NAME, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        self._write("ca.crt", certificate.public_bytes(Encoding.PEM))
        self._write("ca.key", _private_pem(key))

    def _create_service_account_key(self) -> None:
        key = rsa.generate_private_key(65537, 2048)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self._write("service-account.key", _private_pem(key))
        self._write("service-account.pub", public)

    def _authority_key(self) -> ec.EllipticCurvePrivateKey:
        key = load_pem_private_key((self.folder / "ca.key").read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def _base64(self, name: str) -> str:
        return base64.b64encode((self.folder / name).read_bytes()).decode()

    def _write(self, name: str, content: bytes) -> Path:
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_bytes(content)
        return file


def _subject(identity: Identity) -> x509.Name:
    groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in identity.groups]
    return x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, identity.user)])


def _builder(subject: x509.Name, key: PrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(CA_NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=7))
    )


def _loopback_names() -> x509.SubjectAlternativeName:
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in SERVER_ADDRESSES]
    return x509.SubjectAlternativeName([*map(x509.DNSName, SERVER_NAMES), *addresses])


def _private_pem(key: PrivateKey) -> bytes:
    # the component binaries of 1.20 read only this format of EC keys
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
