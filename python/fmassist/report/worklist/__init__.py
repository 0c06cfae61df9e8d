"""The worklist of a batch: one page that works from a file, worst first, with filters, keyboard and decisions."""
