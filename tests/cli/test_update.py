"""`svitac indicators update` against a real HTTPS server on this machine."""

import http.server
import ipaddress
import json
import os
import ssl
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

MALWARE, INDICATOR, LINK = (f"{n}d7e2e0c-6b64-4c0b-9d0f-0d2a4b3d5b11" for n in (8, 9, 7))
OBJECTS = [
    {"type": "malware", "id": f"malware--{MALWARE}", "name": "Made up"},
    {"type": "indicator", "id": f"indicator--{INDICATOR}", "pattern": "[app:id='org.made.up']", "pattern_type": "stix"},
    {
        "type": "relationship",
        "id": f"relationship--{LINK}",
        "relationship_type": "indicates",
        "source_ref": f"indicator--{INDICATOR}",
        "target_ref": f"malware--{MALWARE}",
    },
]
BUNDLE = json.dumps({"type": "bundle", "id": f"bundle--{MALWARE}", "objects": OBJECTS}).encode()


def certificate(folder):
    """A certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)


class Handler(http.server.BaseHTTPRequestHandler):
    files: dict[str, bytes]

    def do_GET(self):
        content = self.files.get(self.path)
        self.send_response(200 if content is not None else 404)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *words):
        pass


@pytest.fixture
def server(tmp_path):
    certificate(tmp_path)
    handler = type("Handler", (Handler,), {"files": {}})
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    running.socket = context.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{running.server_port}", handler.files
    running.shutdown()
    thread.join()
    running.server_close()


def svitac(home, certificates, *words):
    env = {**os.environ, "SVITAC_HOME": str(home), "SSL_CERT_FILE": str(certificates)}
    command = [sys.executable, "-m", "svitac", "indicators", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def index(*urls):
    entries = [f"  - name: Set {n}\n    type: download\n    download_url: {url}\n" for n, url in enumerate(urls)]
    return ("indicators:\n" + "".join(entries)).encode()


def test_what_the_index_lists_is_fetched_and_used(server, tmp_path):
    base, files = server
    files |= {"/indicators.yaml": index(f"{base}/made.stix2"), "/made.stix2": BUNDLE}
    home, trusted = tmp_path / "home", tmp_path / "cert.pem"
    done = svitac(home, trusted, "update", "--yes", "--index", f"{base}/indicators.yaml")
    assert done.returncode == 0, done.stderr
    assert "made.stix2" in done.stdout
    told = svitac(home, trusted, "explain", "org.made.up")
    assert told.returncode == 0
    assert "Made up" in told.stdout


def test_a_file_that_is_gone_is_told_and_the_others_stay(server, tmp_path):
    base, files = server
    files |= {"/indicators.yaml": index(f"{base}/gone.stix2", f"{base}/made.stix2"), "/made.stix2": BUNDLE}
    home, trusted = tmp_path / "home", tmp_path / "cert.pem"
    done = svitac(home, trusted, "update", "--yes", "--index", f"{base}/indicators.yaml")
    assert done.returncode == 4
    assert "FAILED Set 0" in done.stderr
    assert svitac(home, trusted, "explain", "org.made.up").returncode == 0


def test_a_server_that_is_not_trusted_is_refused(server, tmp_path):
    base, files = server
    files["/indicators.yaml"] = index(f"{base}/made.stix2")
    words = ("update", "--yes", "--index", f"{base}/indicators.yaml")
    done = svitac(tmp_path / "home", "/etc/ssl/certs/ca-certificates.crt", *words)
    assert done.returncode == 4
    assert not (tmp_path / "home").exists()


def test_only_https_is_fetched(tmp_path):
    done = svitac(tmp_path, "/dev/null", "update", "--yes", "--index", "http://127.0.0.1:1/indicators.yaml")
    assert done.returncode == 4
    assert "only https" in done.stderr
