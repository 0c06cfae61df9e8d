"""A network over a volume in windows, in memory that grows with a slab and not with classes × volume."""
