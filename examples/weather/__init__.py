"""Seattle's weather, 2012 to 2015: a whole job on real data. Start reading in `jobs.py`."""
