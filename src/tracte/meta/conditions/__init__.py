"""The condition language: one JSON form, two compilers that must agree.

``{"all": [["stage", "in", ["proposal"]], ["account.industry", "eq", "fmcg"], ["closes_on", "within",
"next_30_days"]]}``
serves filters, saved views, access rules, validation and the API. :func:`read` turns it into checked nodes; a node has
``to_q(scope)`` for SQL and ``accepts(values, world)`` for a record in memory. An unknown or unreadable field is an
error
that names it, never ignored.
"""

from tracte.meta.conditions.nodes import All, Any, Leaf, Node, Not, Related, Scope, World
from tracte.meta.conditions.reading import Reader, read

__all__ = ["All", "Any", "Leaf", "Node", "Not", "Reader", "Related", "Scope", "World", "read"]
