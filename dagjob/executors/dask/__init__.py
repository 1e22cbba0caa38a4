"""Ops on a Dask cluster: Dask has the scheduler, the workers and the transport, each worker an op server of ours."""
