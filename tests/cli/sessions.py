# SPDX-License-Identifier: MIT
"""Saved sessions, changed: what they would say of other names and other times. Nothing is measured."""

import copy
import json
import os

import pconc

DATA = os.path.join(pconc.ROOT, "tests", "data")
SESSION = os.path.join(DATA, "report", "result.json")
COMPARISON = os.path.join(DATA, "results", "ab-median.json")
COMPARISON_RATIO = 1.0561727606994542  # of its pair, B/A


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def replaced(value, old, new):
    """A copy, with `new` for `old` in all texts."""
    if isinstance(value, dict):
        return {key: replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, old, new) for item in value]
    return value.replace(old, new) if isinstance(value, str) else value


def renamed(session, old, new):
    """The session with another name for a run; workloads keep theirs."""
    made = replaced(session, f"{old}/", f"{new}/")
    for case in made["cases"]:
        case["name"] = case["name"].replace(old, new)
    return made


def compared(factors, missing=(), new=()):
    """A comparison with a pair for each name: its B takes `factor` times as long as its A. `missing`
    and `new` are ids of cases that only one side has."""
    session = load(COMPARISON)
    made = {**session, "cases": [], "sections": []}
    rows = made["comparison"]["rows"]
    template, made["comparison"]["rows"] = rows[0], []
    for name, factor in factors.items():
        one = renamed({"cases": copy.deepcopy(session["cases"]), "sections": session["sections"],
                       "row": template}, "noop", name)
        for sample in one["cases"][1]["samples"]:
            sample["run_ns"] *= factor / COMPARISON_RATIO
        made["cases"] += one["cases"]
        made["sections"] += one["sections"]
        made["comparison"]["rows"].append(one["row"])
    if missing or new:
        made["comparison"]["settings"].update(missing=list(missing), new=list(new))
        made["comparison"]["rows"] += [template] * (len(missing) + len(new))
    return made
