"""The modules that make up this installation: ours, in the order they build on one another, then third-party ones."""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from tracte.config.env import ConfigurationError

MODULES = ("base", "crm", "catalog", "activities", "sales", "demo")
ENTRY_POINT_GROUP = "tracte.modules"


def module_apps() -> list[str]:
    """Dotted names for INSTALLED_APPS. Raises ConfigurationError when a third-party module cannot be loaded."""
    found = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name)
    return [f"tracte.modules.{key}" for key in MODULES] + [_third_party(entry) for entry in found]


def _third_party(entry: EntryPoint) -> str:
    # A broken plug-in stops start-up: half a product is worse than a clear line.
    distribution = entry.dist.name if entry.dist else entry.value
    try:
        import_module(entry.module)
    except Exception as error:
        raise ConfigurationError(f"Module {entry.name} ({distribution}) cannot be loaded: {error!r}.") from error
    return entry.module
