"""What runs within a child of ours before anything else: standard library only, for Python 3.10 or later."""
