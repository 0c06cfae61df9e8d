"""The use cases: check, recheck, segment and check, ask anew, repair, compare.

The command line, the batch, the public interface and the panel's worker all call these functions; none of them knows of
another. Here, and only here, models and reasoning meet.
"""
