"""Whether every form gives the same answer: run it alone, or let `alternate.py` run it first.

On a slice that takes seconds, NumPy is held against the plain Python loop and everything else
against NumPy. At full size, forms are held against NumPy's shortcut or literal formula. Streams of
random numbers differ between the forms of W3: there, means are compared by their standard errors.
"""

from functools import lru_cache

import numpy as np

import catalogue
import numpy_peers
import workloads
from catalogue import FORMS, WORKLOADS, Form, Work

#: Sums in another order and fastmath's regrouping; no cell of these inputs is a near tie.
RELATIVE = 1e-9

#: Distance of two means in standard errors of their difference that chance hardly ever exceeds.
STANDARD_ERRORS = 5.0

#: Machines of the full grid that are compared: all of them would take a second array as large.
SAMPLED_MACHINES = 50


class Mismatch(Exception):
    """A form whose answer is not that of the others."""


def check_slice(workload: str) -> None:
    """Every form of a workload on a small slice of it."""
    work = _slice(workload)
    python = _answer(workload, catalogue.form_of(workload, "python"), work)
    numpy = _answer(workload, catalogue.form_of(workload, "numpy"), work)
    _compare(workload, "numpy and the Python loop", numpy, python)
    for form in FORMS[workload]:
        _compare(workload, form.name, _answer(workload, form, work), numpy)


def check_full(workload: str, form: Form, answer: np.ndarray, work: Work) -> None:
    """The answer of a form at the size at which it is timed."""
    expected = _expected(workload, catalogue.FULL[workload] if form.size is None else form.size)
    if workload == "w1":
        # Costs of a sample of the machines, by the formula as it is written down.
        answer = answer[:, _sample(work)]
        expected = _literal_costs(work, _sample(work))
    elif work.cells != catalogue.work_of(workload, 1).cells * expected.shape[0 if workload == "w2" else -1]:
        expected = _expected_of(workload, work)
    _compare(workload, f"{form.name} at full size", answer, expected)


def _slice(workload: str) -> Work:
    """Sizes that are no multiple of any block."""
    if workload in ("w1", "w1red"):
        return workloads.grid(machines=70, prices=85, states=3)
    return workloads.dispatch(machines=9, hours=500) if workload == "w2" else workloads.paths(20_001)
