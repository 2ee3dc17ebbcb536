"""Background work: tasks kept in the firm's own database, queued in the same transaction as the data they are about.

`api` is what the rest of the house uses (declare, enqueue, cancel, read); `worker` runs the tasks.
"""
