"""From scored cases to the figures that are published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fmassist.bench.score import Scored
from fmassist.bench.statistics import Estimate, auroc_estimate, rate, sensitivity_at
from fmassist.bench.trials import TWO_ERRORS, UNTOUCHED, Tally


def summarise(tally: Tally, *, half: str = "test") -> dict[str, Any]:
    """All figures of one half, by checker; rates carry 95 % confidence intervals.

    Returns:
        Plain data for JSON: `checkers`, each with `all`, `kinds`, `untouched`; `skipped`; the repair account.
    """
    checkers = {}
    for name, cases in tally.scored.items():
        mine = [case for case in cases if case.half == half]
        clean = [case for case in mine if case.kind == UNTOUCHED]
        spoilt = [case for case in mine if case.kind not in (UNTOUCHED, TWO_ERRORS)]
        checkers[name] = {
            "all": _figures(spoilt, clean),
            "by_severity": {str(s): _figures([c for c in spoilt if c.severity == s], clean) for s in (1, 2, 3)},
            "kinds": {
                kind: {
                    str(severity): _figures([c for c in spoilt if (c.kind, c.severity) == (kind, severity)], clean)
                    for severity in sorted({c.severity for c in spoilt if c.kind == kind})
                }
                for kind in sorted({c.kind for c in spoilt})
            },
            "two_errors": _figures([c for c in mine if c.kind == TWO_ERRORS], clean),
            "untouched": _untouched(clean),
        }
    return {
        "half": half,
        "checkers": checkers,
        "skipped": dict(sorted(tally.skipped.items())),
        "repairs": {"checked": tally.repairs_checked, "made_worse": tally.worse_after_repair},
    }


def _figures(spoilt: Sequence[Scored], clean: Sequence[Scored]) -> dict[str, Any]:
    positive = [(c.anatomy, c.score) for c in spoilt]
    negative = [(c.anatomy, c.score) for c in clean]
    flags = sum(c.flags for c in spoilt)
    causes = [c.cause_right for c in spoilt if c.cause_right is not None]
    repairs = [c.repaired for c in spoilt if c.repaired is not None]
    at_95 = sensitivity_at([s for _, s in positive], [s for _, s in negative], 0.95)
    return {
        "cases": len(spoilt),
        "sensitivity": _plain(rate(sum(c.detected for c in spoilt), len(spoilt))),
        "specificity": _plain(rate(sum(c.flags == 0 for c in clean), len(clean))),
        "precision_of_flags": _plain(rate(sum(c.true_flags for c in spoilt), flags)),
        "auroc": _plain(auroc_estimate(positive, negative)),
        "sensitivity_at_specificity_95": None if np.isnan(at_95) else at_95,
        "first_cause_right": _plain(rate(sum(causes), len(causes))),
        "repaired_exactly": _plain(rate(sum(repairs), len(repairs))),
    }


def _untouched(clean: Sequence[Scored]) -> dict[str, Any]:
    return {
        "cases": len(clean),
        "specificity": _plain(rate(sum(c.flags == 0 for c in clean), len(clean))),
        "flags_per_study": float(np.mean([c.flags for c in clean])) if clean else None,
        "most_flags": max((c.flags for c in clean), default=0),
        "implausible": sum(c.implausible for c in clean),
        "median_seconds": float(np.median([c.seconds for c in clean])) if clean else None,
    }


def _plain(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else estimate.as_dict()


def kinds_table(ours: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row a kind of error, header first."""
    rows: list[tuple[str, ...]] = [
        ("kind", "found, severity 1 / 2 / 3", "AUROC", "first cause right", "repaired exactly")
    ]
    for kind, by_severity in ours["kinds"].items():
        cells = [_value(by_severity.get(str(s)), "sensitivity") for s in (1, 2, 3)]
        worst = by_severity.get("3") or next(iter(by_severity.values()))
        rest = [_value(worst, key) for key in ("auroc", "first_cause_right", "repaired_exactly")]
        rows.append((kind.replace("_", " "), " / ".join(cells), *rest))
    return rows


def severities_table(ours: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row a kind and severity, header first; 95 % confidence intervals in brackets.

    The specificity is that of the untouched studies, so it is the same in every row.
    """
    rows: list[tuple[str, ...]] = [
        ("kind", "severity", "cases", "sensitivity", "specificity", "precision of flags", "AUROC")
    ]
    for kind, by_severity in ours["kinds"].items():
        for severity, figures in by_severity.items():
            keys = ("sensitivity", "specificity", "precision_of_flags", "auroc")
            cells = [_with_interval(figures, key) for key in keys]
            rows.append((kind.replace("_", " "), severity, str(figures["cases"]), *cells))
    return rows


def table_rows(summary: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row a checker, header first."""
    rows: list[tuple[str, ...]] = [("checker", "found", "AUROC", "studies without a flag", "flags per untouched study")]
    for name, figures in summary["checkers"].items():
        calm = figures["untouched"]
        flags = "–" if calm["flags_per_study"] is None else f"{calm['flags_per_study']:.2f}"
        cells = (_value(figures["all"], "sensitivity"), _value(figures["all"], "auroc"), _value(calm, "specificity"))
        rows.append((name, *cells, flags))
    return rows


def _value(figures: dict[str, Any] | None, key: str) -> str:
    found = figures.get(key) if figures else None
    return "–" if found is None else f"{found['value']:.2f}"


def _with_interval(figures: dict[str, Any], key: str) -> str:
    found = figures.get(key)
    return "–" if found is None else f"{found['value']:.2f} ({found['low']:.2f}–{found['high']:.2f})"
