"""Many studies, on one machine or several: each isolated, each result found again by what it was made from.

`sources` finds the studies, `identity` says what a result was made from, `one` does one study, `worker` is the process
that stays and does them one after the other, `pool` holds such processes, `run` and `cluster` give them work, and
`tables` gathers what they leave in files. The files are the contract: any number of machines may work on one folder.
"""
