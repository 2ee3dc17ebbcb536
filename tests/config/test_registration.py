"""Start-up reads what every module brings, in order, and stops with one clear line when something is wrong."""

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tracte.config.env import ConfigurationError
from tracte.config.registration import _in_order, compile_registry, contents_of, installed_modules
from tracte.meta import registry as registries
from tracte.meta.entity import Extend, Panel
from tracte.meta.module import Module


@pytest.fixture
def kept_registry() -> Iterator[None]:
    """The program's registry is put back after a test that compiled another."""
    kept = registries.registry()
    yield
    registries._current = kept


def test_our_modules_come_each_after_those_it_needs() -> None:
    keys = [module.key for module in installed_modules()]
    assert {"base", "crm", "catalog", "activities", "sales"} <= set(keys)
    for module in installed_modules():
        assert all(keys.index(need) < keys.index(module.key) for need in module.depends_on)


def test_a_missing_module_is_named() -> None:
    with pytest.raises(ConfigurationError, match="Module wine needs cellar, which is not installed"):
        _in_order({"wine": Module("wine", "1", "Wine", depends_on=("cellar",))})


def test_a_circle_is_named() -> None:
    circle = {"a": Module("a", "1", "A", depends_on=("b",)), "b": Module("b", "1", "B", depends_on=("a",))}
    with pytest.raises(ConfigurationError, match="in a circle: a, b"):
        _in_order(circle)


def test_a_module_that_says_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wine", ModuleType("wine"))
    monkeypatch.setitem(sys.modules, "wine.module", ModuleType("wine.module"))
    with pytest.raises(ConfigurationError, match=r"Module wine: module\.py needs MODULE"):
        contents_of("wine")


def test_a_module_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(ConfigurationError, match="Module no_such_module cannot be loaded: ModuleNotFoundError"):
        contents_of("no_such_module")


def test_a_wrong_declaration_is_named(kept_registry: None) -> None:
    extend = Extend("account", "wine", panels=(Panel("bottle", via="account"),))
    wine = Module("wine", "1", "Wine", depends_on=("crm",), extends=(extend,))
    with pytest.raises(ConfigurationError, match=r"account: panel bottle\.account does not exist"):
        compile_registry([*installed_modules(), wine])


def test_an_extension_of_nothing_is_named(kept_registry: None) -> None:
    wine = Module("wine", "1", "Wine", extends=(Extend("bottle", "wine"),))
    with pytest.raises(ConfigurationError, match="Module wine extends 'bottle', which no installed module declares"):
        compile_registry([*installed_modules(), wine])
