"""A class graded on many machines, by Dask distributed (the extra ``buildkit-lab[cluster]``).

::

    dispatch       which machine grades what: proofs, retries, pauses; knows no Dask
    machines       the port to the machines, and what comes back through it
    dask_machines  the port over a Dask client
    on_worker      grades one submission, on a worker
    connection     connects to a scheduler, or starts one, with its workers

The teacher's process keeps every grade itself. Scheduler and workers keep nothing.
"""
