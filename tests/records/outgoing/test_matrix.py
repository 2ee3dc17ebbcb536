"""Nobody who may type an address can make the machine call itself or its network: a sink stands there and is not hit."""

import ssl
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel.addresses import NAT64, Allowed, host_name, is_public
from tracte.kernel.problems import Fault
from tracte.records.outgoing.client import Answer, Calling, Limits, fetch, read_url
from tracte.records.outgoing.hosts import checked_host, system_resolver
from tracte.testing.sink import SECRET, Sink, send

INSIDE = (
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "100.127.255.255", "169.254.169.254", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1", "192.0.2.7",
)  # fmt: skip
INSIDE_V6 = (
    "::", "::1", "fe80::1", "fc00::1", "fd00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe",
    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::",
    "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "2001:db8::1", "100::1", "4000::1", "3fff::1",
)  # fmt: skip


def not_called(host: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{host} was looked up")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink.open() as opened:
        yield opened


def refused(url: str, sink: Sink, **calling: object) -> str:
    """The code a call is refused with; the port of the sink is allowed, so that nothing but the address saves us."""
    with pytest.raises(Fault) as caught:
        fetch(url, calling=Calling(ports={80, 443, sink.port}, **calling), limits=Limits(seconds=5, hops=3))  # type: ignore[arg-type]
    assert SECRET not in str(caught.value) + str(caught.value.params)
    return caught.value.code


# -- addresses -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", INSIDE + INSIDE_V6)
def test_an_address_that_is_not_global_unicast_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text", ["1.1.1.1", "93.184.216.34", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101"]
)
def test_a_server_on_the_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_disguise_is_as_public_as_itself(address: IPv4Address) -> None:
    mapped = IPv6Address(0xFFFF_0000_0000 | int(address))
    nat64 = IPv6Address(int(NAT64.network_address) | int(address))
    assert is_public(mapped) == is_public(nat64) == is_public(address)
    assert not is_public(IPv6Address((0x2002 << 112) | (int(address) << 80)))


@given(st.ip_addresses())
def test_nothing_python_knows_to_be_inside_is_public(address: IPv4Address | IPv6Address) -> None:
    if address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified:
        assert not is_public(address)
    if address.version == 4 and address.is_private:
        assert not is_public(address)


# -- the matrix: no form of an inside address reaches the sink --------------------------------------------------------
FORMS = (
    "http://127.0.0.1:{port}/", "http://127.0.0.2:{port}/", "http://localhost:{port}/", "http://LOCALHOST.:{port}/",
    "http://0.0.0.0:{port}/", "http://0:{port}/", "http://[::1]:{port}/", "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/", "http://[::127.0.0.1]:{port}/", "http://[::1%25lo]:{port}/", "http://[::1%lo]:{port}/",
    "http://0177.0.0.1:{port}/", "http://0177.0000.0.01:{port}/", "http://2130706433:{port}/", "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/", "http://0x7f.1:{port}/", "http://127.1:{port}/", "http://127.0.1:{port}/",
    "http://017700000001:{port}/", "http://127.0.0.1.:{port}/", "http://127.0.0.1..:{port}/", "http://127.0.0.0x1:{port}/",
    "http://１２７.0.0.1:{port}/", "http://①②⑦.0.0.1:{port}/", "http://127。0。0。1:{port}/", "http://127%2e0.0.1:{port}/",
    "http://a@127.0.0.1:{port}/", "http://a:b@127.0.0.1:{port}/", "http://example.com@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.com/", "http://127.0.0.1:{port}?@example.com/", "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com\\@127.0.0.1:{port}/", "http://example.com#@127.0.0.1:{port}/@127.0.0.1", "http:\\\\127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/", "http:127.0.0.1:{port}/", "//127.0.0.1:{port}/", "http://\t127.0.0.1:{port}/",
    "ht\ntp://127.0.0.1:{port}/", " http://127.0.0.1:{port}/", "http://127.0.0.1:{port}\r\nX: y/", "http://:{port}/", "",
    "file:///etc/passwd", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_GET", "unix:/run/docker.sock",
    "dict://127.0.0.1:{port}/", "http+unix://%2Frun%2Fdocker.sock/", "javascript:alert(1)", "data:text/plain,x",
    "http://127.0.0.1:{port}:80/", "http://[127.0.0.1]:{port}/", "http://127.0.0.1:+{port}/", "http://127.0.0.1 :{port}/",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_an_inside_address_is_called(form: str, sink: Sink) -> None:
    def only_loopback(host: str, port: int) -> Sequence[str]:
        return system_resolver(host, port) if host == "localhost" else []

    assert refused(form.format(port=sink.port), sink, resolve=only_loopback) in ("no_public_host", "bad_url")
    assert sink.connections == []


@pytest.mark.parametrize("address", INSIDE + INSIDE_V6)
def test_a_name_that_leads_inside_is_not_called(address: str, sink: Sink) -> None:
    url = f"http://innocent.example:{sink.port}/"
    assert refused(url, sink, resolve=lambda host, port: [address]) == "no_public_host"
    assert sink.connections == []


def test_one_inside_address_among_public_ones_is_enough_to_refuse(sink: Sink) -> None:
    url = f"http://innocent.example:{sink.port}/"
    assert refused(url, sink, resolve=lambda host, port: ["1.1.1.1", "127.0.0.1"]) == "no_public_host"
    assert sink.connections == []


def test_the_name_is_asked_once_and_the_answer_that_was_checked_is_the_one_called(sink: Sink) -> None:
    """DNS rebinding: the second answer would be an address that is not allowed."""
    asked: list[str] = []

    def changing(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    calling = Calling(ports={sink.port}, allowed=Allowed.read(["127.0.0.2/32"]), resolve=changing)
    answer = fetch(f"http://innocent.example:{sink.port}/", calling=calling)
    assert answer.status == 200
    assert asked == ["innocent.example"]
    assert [address for address, _ in sink.hits] == ["127.0.0.2"]
    assert sink.headers[0]["Host"] == f"innocent.example:{sink.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "http://rebound.example:{port}/"]
)
def test_a_redirect_inside_is_not_followed(status: int, location: str, sink: Sink) -> None:
    sink.routes["/start"] = lambda handler: send(handler, status, Location=location.format(port=sink.port))

    def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.2"] if host == "public.example" else ["127.0.0.1"]

    url = f"http://public.example:{sink.port}/start"
    assert refused(url, sink, allowed=Allowed.read(["127.0.0.2/32"]), resolve=resolve) == "no_public_host"
    assert sink.connections == ["127.0.0.2"]


def test_a_rebound_name_is_checked_anew_at_each_hop(sink: Sink) -> None:
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    sink.routes["/start"] = lambda handler: send(handler, 302, Location="/inside")
    url = f"http://public.example:{sink.port}/start"
    code = refused(url, sink, allowed=Allowed.read(["127.0.0.2/32"]), resolve=lambda host, port: next(answers))
    assert code == "no_public_host"
    assert sink.connections == ["127.0.0.2"]


# -- how a call is made -----------------------------------------------------------------------------------------------
def allowed_call(sink: Sink, path: str = "/", limits: Limits | None = None, **more: object) -> Answer:
    calling = Calling(
        ports={80, 443}, allowed=Allowed.read([f"inside.example:{sink.port}"]), resolve=lambda h, p: ["127.0.0.1"]
    )
    return fetch(f"http://inside.example:{sink.port}{path}", calling=calling, limits=limits, **more)  # type: ignore[arg-type]


def test_an_administrator_may_allow_one_inside_host_at_one_port(sink: Sink) -> None:
    assert allowed_call(sink).body == SECRET.encode()
    assert refused(f"http://other.example:{sink.port}/", sink, resolve=lambda h, p: ["127.0.0.1"]) == "no_public_host"
    assert len(sink.connections) == 1


def test_redirects_are_handed_back_unless_asked_for(sink: Sink) -> None:
    sink.routes["/start"] = lambda handler: send(handler, 302, Location="/end")
    assert allowed_call(sink, "/start").status == 302
    assert allowed_call(sink, "/start", Limits(hops=1)).body == SECRET.encode()
    sink.routes["/end"] = lambda handler: send(handler, 302, Location="/start")
    with pytest.raises(Fault, match="no_answer"):
        allowed_call(sink, "/start", Limits(hops=3))


def test_a_page_that_refreshes_itself_elsewhere_is_only_a_page(sink: Sink) -> None:
    page = b'<meta http-equiv="refresh" content="0;url=/next">'
    sink.routes["/start"] = lambda handler: send(handler, 200, page, Refresh="0;url=/next")
    assert allowed_call(sink, "/start", Limits(hops=3)).body == page
    assert [line for _, line in sink.hits] == ["GET /start HTTP/1.1"]


def test_a_secret_header_does_not_follow_to_another_origin(sink: Sink) -> None:
    sink.routes["/start"] = lambda handler: send(handler, 302, Location=f"http://two.example:{sink.port}/")
    calling = Calling(ports={sink.port}, allowed=Allowed.read(["127.0.0.0/8"]), resolve=lambda h, p: ["127.0.0.1"])
    fetch(f"http://one.example:{sink.port}/start", headers={"X-Key": "k"}, calling=calling, limits=Limits(hops=1))
    assert [said.get("X-Key") for said in sink.headers] == ["k", None]


def test_a_post_is_not_repeated_elsewhere(sink: Sink) -> None:
    sink.routes["/start"] = lambda handler: send(handler, 307, Location="/next")
    assert allowed_call(sink, "/start", Limits(hops=2), method="POST", body=b"x").status == 307


def test_a_port_of_another_service_is_refused(sink: Sink) -> None:
    for port in (22, 25, 6379, 8000):
        with pytest.raises(Fault, match="port_not_allowed"):
            fetch(f"http://public.example:{port}/", calling=Calling(resolve=not_called))


def test_our_own_public_host_is_not_called() -> None:
    with pytest.raises(Fault, match="no_public_host"):
        fetch("https://crm.firm.example/", calling=Calling(own={"crm.firm.example"}, resolve=not_called))


def test_no_proxy_is_taken_from_the_environment(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.2:{sink.port}")
    allowed_call(sink)
    assert sink.connections == ["127.0.0.1"]


def test_a_body_is_bounded_whether_it_says_its_size_or_not(sink: Sink) -> None:
    sent = 0

    def endless(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        for _ in range(2000):
            handler.wfile.write(b"x" * 65_536)
            sent += 65_536

    sink.routes["/long"] = lambda handler: send(handler, 200, b"x" * 5000)
    sink.routes["/endless"] = endless
    for path in ("/long", "/endless"):
        with pytest.raises(Fault, match="answer_too_large"):
            allowed_call(sink, path, Limits(size=4096))
    assert sent < 2000 * 65_536
    assert len(allowed_call(sink, "/long", Limits(size=5000)).body) == 5000


def test_a_server_that_drips_is_left_in_time(sink: Sink) -> None:
    stop = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.05):
            handler.wfile.write(b"X-Drip: 1\r\n")

    sink.routes["/drip"] = drip
    before = time.monotonic()
    with pytest.raises(Fault, match="no_answer"):
        allowed_call(sink, "/drip", Limits(seconds=0.5))
    stop.set()
    assert time.monotonic() - before < 3


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9 cnry\r\n",
        b"* OK cnry IMAP ready\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncnry",
        b"",
    ],
)
def test_what_an_odd_server_said_is_never_told(raw: bytes, sink: Sink) -> None:
    sink.routes["/odd"] = lambda handler: handler.wfile.write(raw) and None
    with pytest.raises(Fault) as caught:
        allowed_call(sink, "/odd")
    assert caught.value.code == "no_answer"
    assert "cnry" not in repr(caught.value.params) + "".join(traceback.format_exception(caught.value))


def test_a_header_cannot_smuggle_a_second_one(sink: Sink) -> None:
    with pytest.raises(Fault, match="no_answer"):
        allowed_call(sink, headers={"X-Mine": "a\r\nX-Theirs: b"})
    assert sink.hits == []


def test_a_url_is_read_into_its_parts() -> None:
    target = read_url("https://Example.com:443/año?q=ü&b=%20#part")
    assert (target.scheme, target.port, target.path) == ("https", 443, "/a%C3%B1o?q=%C3%BC&b=%20")


# -- TLS --------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its self-signed certificate for good.example."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "good.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("good.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem))
    return path


def test_the_certificate_is_checked_against_the_name_that_was_typed(sink: Sink, certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    allowed = Allowed.read(["127.0.0.0/8"])
    with Sink.open(("127.0.0.1",), tls=server) as secure:

        def call(host: str, tls: ssl.SSLContext | None) -> Answer:
            calling = Calling({secure.port}, allowed, (), lambda h, p: ["127.0.0.1"], tls)
            return fetch(f"https://{host}:{secure.port}/", calling=calling)

        assert call("good.example", trusting).body == SECRET.encode()
        assert secure.names == ["good.example"]
        for host, tls in (("other.example", trusting), ("good.example", None)):
            with pytest.raises(Fault, match="no_answer"):
                call(host, tls)
        assert len(secure.hits) == 1


# -- hosts of other services ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0177.1", "[::1]", "2130706433", "mail.inside.example", "a@b", ""]
)
def test_a_typed_mail_host_inside_is_refused(host: str) -> None:
    with pytest.raises(Fault, match="no_public_host"):
        checked_host(host, 993, {993}, resolve=lambda h, p: ["10.0.0.5"] if "mail" in h else system_resolver(h, p))


def test_a_mail_host_is_called_at_ports_of_mail_only() -> None:
    place = checked_host("Mail.Example.com.", 993, {143, 993}, resolve=lambda h, p: ["1.1.1.1", "1.1.1.1"])
    assert (place.host, place.port, place.addresses) == ("mail.example.com", 993, (ip_address("1.1.1.1"),))
    with pytest.raises(Fault, match="port_not_allowed"):
        checked_host("mail.example.com", 6379, {143, 993}, resolve=not_called)


def test_a_name_of_other_letters_is_called_by_its_ascii_form() -> None:
    assert host_name("Bücher.Example") == "xn--bcher-kva.example"


@given(st.text(max_size=40))
def test_a_host_name_is_plain_or_refused(typed: str) -> None:
    try:
        name = host_name(typed)
    except Fault as fault:
        assert fault.code == "no_public_host"
    else:
        assert name.isascii() and name == name.lower() and not set(name) & set("/\\@?#%[] ")


# -- what an administrator allows -------------------------------------------------------------------------------------
@pytest.mark.parametrize("entry", ["*", "0.0.0.0/0", "::/0", "a b", "host:0", "host:99999", "10.0.0.1/8", "http://x"])
def test_an_allowance_that_is_too_wide_or_unclear_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"too wide|neither|not a network"):
        Allowed.read([entry])
