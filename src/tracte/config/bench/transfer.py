"""How fast records come in by the importer and go out as CSV."""

from tracte.config.bench.pages import Seller


def rates(records: int, seller: Seller) -> tuple[dict[str, float | None], list[str]]:
    """Rows a second of an import with every check, and of an export."""
    return {"import_rows_per_s": None, "export_rows_per_s": None}, []
