"""Start-up: read every installed module's table of contents and compile the registry."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from tracte.config.env import ConfigurationError
from tracte.meta.module import Module
from tracte.meta.registry import BadDeclaration, Registry, install
from tracte.meta.vocabulary import declare_list


def installed_modules() -> list[Module]:
    """The modules of the installed apps, each after those it depends on.

    :raises ConfigurationError: when a module is missing, broken or there twice, or modules depend on each other in a
        circle.
    """
    found: dict[str, Module] = {}
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.module"):
            module = contents_of(config.name)
            if module.key in found:
                raise ConfigurationError(f"Two modules call themselves {module.key}; the second is {config.name}.")
            found[module.key] = module
    return _in_order(found)


def contents_of(app: str) -> Module:
    """What the app's ``module.py`` says it brings.

    :raises ConfigurationError: when it cannot be read or says nothing: half a product is worse than a clear stop.
    """
    try:
        module = getattr(import_module(f"{app}.module"), "MODULE", None)
    except Exception as error:
        raise ConfigurationError(f"Module {app} cannot be loaded: {error!r}.") from error
    if not isinstance(module, Module):
        raise ConfigurationError(f"Module {app}: module.py needs MODULE = Module(…).")
    return module


def _in_order(found: dict[str, Module]) -> list[Module]:
    ordered: list[Module] = []
    waiting = dict(found)
    while waiting:
        ready = [module for module in waiting.values() if not any(need in waiting for need in module.depends_on)]
        if not ready:
            raise ConfigurationError(f"Modules depend on each other in a circle: {', '.join(sorted(waiting))}.")
        for module in ready:
            missing = [need for need in module.depends_on if need not in found]
            if missing:
                raise ConfigurationError(f"Module {module.key} needs {', '.join(missing)}, which is not installed.")
            ordered.append(waiting.pop(module.key))
    return ordered


def compile_registry(modules: Iterable[Module]) -> Registry:
    """Make the modules' declarations the program's registry.

    :raises ConfigurationError: naming the module and what is wrong with its declaration.
    """
    listed = list(modules)
    for module in listed:
        for key, options in module.lists.items():
            declare_list(key, options)
    try:
        return install(
            [entity() for module in listed for entity in module.entities],
            [extend for module in listed for extend in module.extends],
        )
    except BadDeclaration as error:
        raise ConfigurationError(str(error)) from error
