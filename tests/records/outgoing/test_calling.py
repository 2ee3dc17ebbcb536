"""What the product itself calls with: the administrator's allowance, and never itself."""

from typing import Any

import pytest

from tracte.kernel.addresses import Allowed
from tracte.kernel.problems import Fault
from tracte.records import outgoing
from tracte.testing.sink import SECRET, Sink


def test_an_inside_server_is_called_only_where_the_administrator_allows_it(settings: Any) -> None:
    with Sink.open() as sink:
        url = f"http://127.0.0.1:{sink.port}/"
        with pytest.raises(Fault, match="no_public_host"):
            outgoing.fetch(url, ports={sink.port})
        with pytest.raises(Fault, match="no_public_host"):
            outgoing.checked_host("127.0.0.1", sink.port, {sink.port})
        assert sink.connections == []
        settings.TRACTE_OUTGOING_ALLOW = Allowed.read([f"127.0.0.1:{sink.port}"])
        assert outgoing.fetch(url).body == SECRET.encode()
        with outgoing.checked_host("127.0.0.1", sink.port, set()).connect(5):
            pass


def test_this_tracte_is_not_called_under_its_own_names(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["crm.firm.example"]
    with pytest.raises(Fault, match="no_public_host"):
        outgoing.fetch("https://CRM.firm.example./", resolve=lambda host, port: ["1.1.1.1"])
