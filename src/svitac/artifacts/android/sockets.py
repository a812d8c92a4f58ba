"""Network connections and listening sockets that the phone had when the bug report was made.

Two programs, one or both in a bug report. `netstat -nW` or, on newer phones, `netstat -npWae`:

    Proto Recv-Q Send-Q Local Address         Foreign Address         State        User     Inode    PID/Program Name
    tcp        0      1 192.168.8.183:55191   51.116.253.169:443      SYN_SENT     1010351  1136844  -

and `ss -eionptu`, each socket with a line of TCP internals below it:

    Netid  State      Recv-Q Send-Q Local Address:Port      Peer Address:Port
    tcp    SYN-SENT   0      1      192.168.8.183:55191     51.116.253.169:443    timer:(...) uid:1010351 ino:1136844

An IPv4 address spelled in IPv6 (`::ffff:1.2.3.4`) is given as the IPv4 address; "any" (`0.0.0.0`, `::`, `*`) as None,
port 0 and `*` likewise. UDP sockets have no state. UNIX domain sockets are left out. The user is a uid. Not root, the
phone shows program names of its own processes only. Checked on Android 10 and
Samsung fragments of Android 14 to 16.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

from svitac.declare import artifact
from svitac.formats import text
from svitac.model import File, IpAddress, Problem, Record, Records, Stage, Where

PROTOCOLS = ("tcp", "udp", "raw", "icmp", "udpl", "dccp", "sctp")
LOCAL_KINDS = ("unix", "u_str", "u_dgr", "u_seq", "nl ", "p_raw", "p_dgr", "v_str")  # no network in these
NOISE = ("Active ", "Proto ", "Netid ", "------ ", "State ")
STATE = re.compile(r"[A-Z][A-Z0-9_-]*")
UID = re.compile(r"\buid:(\d{1,10})\b")
USERS = re.compile(r'users:\(\("([^"]*)"')


class Socket(Record, frozen=True, kw_only=True):
    protocol: str
    local_address: IpAddress | None
    local_port: int | None
    remote_address: IpAddress | None
    remote_port: int | None
    state: str | None
    uid: int | None
    program: str | None

    def says(self) -> str:
        owner = self.program or (None if self.uid is None else f"uid {self.uid}")
        local = f"{self.local_address or 'any'}:{self.local_port or '*'}"
        peer = f" to {self.remote_address}:{self.remote_port or '*'}" if self.remote_address else ""
        return f"{self.protocol} socket {local}{peer}, {self.state or 'no state'}{f', of {owner}' if owner else ''}"


@artifact(
    "android.sockets",
    sections=["NETSTAT", "DETAILED SOCKET STATE"],
    kept="until closed",
    stage=Stage.VISITED,
)
def parse(file: File) -> Records[Socket]:
    detailed = False
    for number, line in text.lines(file):
        if line.startswith(NOISE) or not line.strip():
            detailed = detailed or line.startswith("Netid ")
        elif line.startswith(PROTOCOLS):
            yield from _socket(text.at(file, number), line, detailed)
        elif not line.startswith(LOCAL_KINDS) and not (detailed and line[0] in " \t"):
            yield Problem(where=text.at(file, number), detail=f"not a socket: {line[:80]!r}")


def _socket(where: Where, line: str, detailed: bool) -> Iterator[Socket | Problem]:
    try:
        yield (_of_ss if detailed else _of_netstat)(where, line)
    except (ValueError, IndexError) as exc:
        yield Problem(where=where, detail=f"not a socket ({exc}): {line[:80]!r}")


def _of_netstat(where: Where, line: str) -> Socket:
    protocol, _, _, local, remote, *more = line.split()
    state = more.pop(0) if more and STATE.fullmatch(more[0]) else None
    uid = int(more[0]) if more and more[0].isascii() and more[0].isdigit() and len(more[0]) < 11 else None
    program = " ".join(more[2:]).partition("/")[2]  # 12345/com.google.android.gms, or - for "not ours to see"
    return _made(where, (protocol, local, remote), state=state, uid=uid, program=program)


def _of_ss(where: Where, line: str) -> Socket:
    protocol, state, _, _, local, remote = line.split(None, 6)[:6]
    uid, users = UID.search(line), USERS.search(line)
    return _made(
        where,
        (protocol, local, remote),
        state=None if state == "UNCONN" else state,
        uid=int(uid[1]) if uid else None,
        program=users[1] if users else "",
    )


def _made(where: Where, ends: tuple[str, str, str], *, state: str | None, uid: int | None, program: str) -> Socket:
    protocol, local, remote = ends
    local_address, local_port = _end(local)
    remote_address, remote_port = _end(remote)
    return Socket(
        where=where,
        protocol=protocol,
        local_address=local_address,
        local_port=local_port,
        remote_address=remote_address,
        remote_port=remote_port,
        state=state,
        uid=uid,
        program=program or None,
    )


def _end(spelled: str) -> tuple[str | None, int | None]:
    """Address and port of `1.2.3.4:443`, `[::1%wlan0]:443`, `::ffff:1.2.3.4:443`, `*:*`. Raises ValueError."""
    host, colon, port = spelled.rpartition(":")
    if not colon or not (port == "*" or (port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 2**16)):
        raise ValueError(f"no port in {spelled[:60]!r}")
    number = None if port == "*" else int(port) or None
    host = host.strip("[]").partition("%")[0]
    if host in ("*", ""):
        return None, number
    address = ip_address(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return (None if address.is_unspecified else str(address)), number
