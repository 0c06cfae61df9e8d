"""The report's test case, made by hand."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def cases() -> ModuleType:
    """The module `cases.py` beside this file (other rooms have one of that name too)."""
    spec = importlib.util.spec_from_file_location("report_cases", Path(__file__).with_name("cases.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["report_cases"] = module
    spec.loader.exec_module(module)
    return module
