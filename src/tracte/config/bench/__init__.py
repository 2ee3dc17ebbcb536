"""`tracte bench`: what Tracte costs, as ratios to bare Django pages measured in the same run on the same data.

A throw-away home is filled through the bulk door, the real server is started, and a signed-in seller who sees his
team's records asks for pages over HTTP. Each page is measured in turn with its floor: a bare Django view in the same
server on a table of the same key type and columns. Milliseconds depend on the machine; the ratios hardly do.
"""
