"""A change to many records in the background, and what others' pages cost meanwhile."""

import time
from http.client import HTTPConnection

from tracte.config.bench.filling import CITIES
from tracte.config.bench.measuring import TIMEOUT_S, WARM_UP, Asked, Measured, figures
from tracte.config.bench.pages import Seller
from tracte.config.bench.serving import START_SECONDS, working
from tracte.engine import bulk
from tracte.meta.registry import registry
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, State

ABOUT = 100_000  # contacts changed, where there are so many
LONGEST_S = 1200.0
BETWEEN_S = 0.05  # somebody who reads, not somebody who hammers


def measure(port: int, records: int, manager: int, seller: Seller, samples: int) -> tuple[Measured, float]:
    """A manager changes a field of up to about 100,000 contacts while a seller looks at his list.

    :param records: contacts there are. :param manager: id of the user who changes. :param samples: requests at rest.
    :returns: the list during the change, with the same list at rest as its floor; and records changed a second.
    :raises RuntimeError: when the change does not begin, or does not end.
    """
    listed = Asked("/contacts/", seller.page)
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    at_rest = [listed.send(connection, 0) for _ in range(WARM_UP + samples)][WARM_UP:]
    changeset = _ask(records, manager)
    with working():
        first = _begun(changeset)
        started = time.perf_counter()
        meanwhile = [listed.send(connection, 0)]
        while (now := ChangeSet.objects.get(pk=changeset)).state == State.APPLYING:
            if time.perf_counter() - started > LONGEST_S:
                raise RuntimeError("the change to many did not end")
            meanwhile.append(listed.send(connection, 0))
            time.sleep(BETWEEN_S)
        spent = time.perf_counter() - started
    connection.close()
    return figures(meanwhile, at_rest), (now.done - first) / spent


def _ask(records: int, manager: int) -> int:
    """Hand the change to a worker; the id of its change set."""
    cities = CITIES[: max(1, len(CITIES) * ABOUT // records)]
    selection = bulk.Selection(parts=(["address.city", "in", cities],))
    change = bulk.Change("update", {"job_title": "Purchasing"})
    actor = snapshots.current().actor(manager)
    return int(bulk.apply(registry()["contact"], actor, selection, change, "Bench")[0].pk)


def _begun(changeset: int) -> int:
    """Wait for the worker to have started and done its first chunk; how many records that was."""
    until = time.perf_counter() + START_SECONDS
    while time.perf_counter() < until:
        found = ChangeSet.objects.get(pk=changeset)
        if found.done or found.state != State.APPLYING:
            return int(found.done)
        time.sleep(BETWEEN_S)
    raise RuntimeError("the change to many did not begin")
