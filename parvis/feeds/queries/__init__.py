"""Reading: pages of timelines, threads, search."""
