# SPDX-License-Identifier: MIT
"""Strict readers of the program's output: each raises an error if the format is wrong."""

import csv
import datetime
import io
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

import jsonschema

import pconc

SCHEMA_FILE = os.path.join(pconc.ROOT, "lib", "report", "json", "result.schema.json")
JUNIT_FILE = os.path.join(pconc.ROOT, "tests", "data", "junit.xsd")


def _load_schema():
    with open(SCHEMA_FILE, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


SCHEMA = _load_schema()


def _no_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise AssertionError(f"a name appears twice: {names}")
    return dict(pairs)


def _no_constant(name):
    raise AssertionError(f"{name} is no JSON")


def read_json(text):
    """A result, checked with its schema."""
    document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    SCHEMA.validate(document)
    return document


def read_json_file(path):
    with open(path, encoding="utf-8") as file:
        return read_json(file.read())


def read_csv(text):
    """Rows as dictionaries; every row must have every column."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    heading = rows[0]
    if len(heading) != len(set(heading)):
        raise AssertionError(f"a column appears twice: {heading}")
    for row in rows:
        if len(row) != len(heading):
            raise AssertionError(f"{len(row)} of {len(heading)} fields: {row}")
        for cell in row:
            if re.match("[=+@\t\r＝＋＠－-]", cell) and not re.fullmatch(r"-?[0-9.e+-]+", cell):
                raise AssertionError(f"a spreadsheet would compute it: {cell!r}")
    return [dict(zip(heading, row)) for row in rows[1:]]


def _markdown_cells(line):
    if not re.fullmatch(r"\|.*\|", line):
        raise AssertionError(f"no row of a table: {line}")
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def read_markdown(text):
    """The tables, each a list of rows of cells; the heading is the first row."""
    tables = []
    if re.search(r"(?<!\\)[<>$]", text):
        raise AssertionError(f"HTML, or a formula: {text}")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [_markdown_cells(line) for line in block.splitlines()]
        for row in rows:
            if len(row) != len(rows[0]):
                raise AssertionError(f"{len(row)} of {len(rows[0])} cells: {row}")
        if not all(re.fullmatch(r":?-{3,}:?", cell) for cell in rows[1]):
            raise AssertionError(f"no line below the heading: {rows[1]}")
        tables.append([rows[0], *rows[2:]])
    return tables


def check_junit(text):
    """Checked by xmllint with the usual schema of JUnit. No two test cases have the same class and
    name: GitLab drops the second."""
    xmllint = shutil.which("xmllint")
    if not xmllint:
        raise AssertionError("xmllint is missing; install libxml2-utils")
    done = subprocess.run([xmllint, "--noout", "--nonet", "--schema", JUNIT_FILE, "-"],
                          input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=pconc.GUARD, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout.decode())
    cases = [(case.get("classname"), case.get("name"))
             for case in xml.etree.ElementTree.fromstring(text).iter("testcase")]
    if len(cases) != len(set(cases)):
        raise AssertionError(f"a test case appears twice: {cases}")
    return cases


# Whether Go's unicode.IsSpace holds: it ends a field.
_GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
GO_UNITS = {"ns/op", "MB/s", "B/op", "allocs/op"}


def _go_name(name):
    """The base name and the parts of a benchmark's name, {"executor": "threads", ...}."""
    if not name.startswith("Benchmark"):
        raise AssertionError(f"no benchmark: {name}")
    found = re.fullmatch(r"Benchmark([^/]+)((?:/[^/]+)*)-([1-9][0-9]*)", name)
    if not found:
        raise AssertionError(f"no name that ends in the number of CPUs: {name}")
    parts = {}
    for part in found[2].split("/")[1:]:
        key, equals, value = part.partition("=")
        if not (key and equals and value) or key in parts:
            raise AssertionError(f"no key=value of its own: {part} in {name}")
        parts[key] = value
    return found[1], {**parts, "": found[3]}


def read_gobench(text):
    """The samples [(name, parts, iterations, {unit: value}, configuration)] of Go's benchmark format:
    golang.org/design/14313-benchmark-format and the package benchfmt. Every line must count."""
    samples, config, units = [], {}, {}
    if not text.endswith("\n"):
        raise AssertionError("the last line is open")
    for line in text[:-1].split("\n"):
        fields = [field for field in re.split(f"[{_GO_SPACE}]+", line) if field]
        setting = re.fullmatch(r"([a-z][^\sA-Z:]*):(?:[ \t]+(.+))?", line)
        if fields and fields[0] == "Unit":
            units[fields[1]] = dict(field.split("=") for field in fields[2:])
        elif line.startswith("Benchmark"):
            if len(fields) < 4 or len(fields) % 2:
                raise AssertionError(f"{len(fields)} fields: {line}")
            if not re.fullmatch("[1-9][0-9]*", fields[1]):
                raise AssertionError(f"no iterations: {line}")
            values = {unit: float(value) for value, unit in zip(fields[2::2], fields[3::2])}
            for unit in values.keys() - GO_UNITS:
                if units.get(unit) != {"better": "lower", "assume": "nothing"}:
                    raise AssertionError(f"no line before it describes the unit {unit}: {line}")
            samples.append((*_go_name(fields[0]), int(fields[1]), values, dict(config)))
        elif setting:
            config[setting[1]] = setting[2]
            config = {key: value for key, value in config.items() if value is not None}
        else:
            raise AssertionError(f"a line that benchstat ignores: {line!r}")
    return samples


# Units that pyperf can format.
_PYPERF_UNITS = ("second", "byte", "integer")
_PYPERF_COUNTS = ("loops", "inner_loops")
_PYPERF_SIZES = ("mem_max_rss", "mem_peak_pagefile_usage", "command_max_rss")


def _check_pyperf_metadata(metadata):
    for name, value in metadata.items():
        if type(value) not in (int, float, str):
            raise AssertionError(f"the type of {name}: {value!r}")
        if isinstance(value, str) and (not value.strip() or len(value.splitlines()) != 1):
            raise AssertionError(f"an empty text, or one of several lines: {name}: {value!r}")
        if name in _PYPERF_COUNTS and (not isinstance(value, int) or value < 1):
            raise AssertionError(f"no count: {name}: {value!r}")
        if name in _PYPERF_SIZES and (not isinstance(value, int) or value < 0):
            raise AssertionError(f"no size: {name}: {value!r}")
    if "unit" in metadata and metadata["unit"] not in _PYPERF_UNITS:
        raise AssertionError(f"an unknown unit: {metadata['unit']}")
    if "date" in metadata:
        datetime.datetime.strptime(metadata["date"], "%Y-%m-%d %H:%M:%S")


def _pyperf_run(run, common):
    _check_pyperf_metadata(run.get("metadata", {}))
    if set(run) - {"metadata", "warmups", "values"} or not run.get("values"):
        raise AssertionError(f"no run: {run}")
    if not all(type(value) in (int, float) and value > 0 for value in run["values"]):
        raise AssertionError(f"values that are not above 0: {run['values']}")
    for loops, value in run.get("warmups", []):
        if type(loops) is not int or loops < 1 or type(value) not in (int, float) or value < 0:
            raise AssertionError(f"no warm-up: {run['warmups']}")
    return {**common, **run.get("metadata", {})}, run["values"], run.get("warmups", [])


def read_pyperf(text):
    """{name: [(metadata, values, warm-ups) of each run]}: what pyperf's loader demands of version 1.0
    (pyperf.readthedocs.io/en/latest/api.html)."""
    suite = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    if suite["version"] != "1.0" or set(suite) - {"version", "metadata", "benchmarks"}:
        raise AssertionError(f"no suite: {suite.keys()}")
    found = {}
    _check_pyperf_metadata(suite["metadata"])
    for benchmark in suite["benchmarks"]:
        _check_pyperf_metadata(benchmark["metadata"])
        common = {**suite["metadata"], **benchmark["metadata"]}
        name = common["name"].strip()
        if name in found or not benchmark["runs"] or set(benchmark) - {"metadata", "runs"}:
            raise AssertionError(f"two benchmarks of one name, or one without runs: {name}")
        found[name] = [_pyperf_run(run, common) for run in benchmark["runs"]]
    return found


# bencher.dev/docs/reference/bencher-metric-format, without what it does not know.
_BMF = jsonschema.Draft202012Validator({
    "type": "object",
    "propertyNames": {"minLength": 1, "maxLength": 1024},
    "additionalProperties": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[0-9a-z-]{1,64}$"},
        "additionalProperties": {
            "type": "object",
            "properties": {"value": {"type": "number"}, "lower_value": {"type": "number"},
                           "upper_value": {"type": "number"}},
            "required": ["value"],
            "additionalProperties": False}}})

# README of github-action-benchmark, customSmallerIsBetter.
_SMALLER = jsonschema.Draft202012Validator({
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string", "minLength": 1}, "unit": {"enum": ["ns", "bytes"]},
                       "value": {"type": "number"},
                       "range": {"type": "string", "pattern": "^± [0-9.e+]+$"},
                       "extra": {"type": "string"}},
        "required": ["name", "unit", "value"],
        "additionalProperties": False}})


def _read_schema(text, schema):
    document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    schema.validate(document)
    return document


def read_bmf(text):
    benchmarks = _read_schema(text, _BMF)
    for name, measures in benchmarks.items():
        for measure in measures.values():
            low, high = (measure.get(end, measure["value"]) for end in ("lower_value", "upper_value"))
            if not low <= measure["value"] <= high:
                raise AssertionError(f"outside its interval: {name}: {measure}")
    return benchmarks


def read_smaller_is_better(text):
    """The values by name, which must be unique: the action finds earlier ones by it."""
    return _no_duplicates([(item["name"], item) for item in _read_schema(text, _SMALLER)])


_METRIC = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
_OM_TYPES = ("gauge", "stateset")


def _om_labels(text):
    labels = re.findall(_LABEL, text)
    if ",".join(f'{name}="{value}"' for name, value in labels) != text:
        raise AssertionError(f"no labels: {text}")
    plain = {r"\n": "\n", r"\"": '"', r"\\": "\\"}
    return _no_duplicates([
        (name, re.sub(r"\\.", lambda found: plain[found[0]], value)) for name, value in labels])


def _om_family(lines):
    """Takes the lines of a family from the front: its metadata, then its samples."""
    kinds = {}
    while lines and (found := re.fullmatch(rf"# (TYPE|UNIT|HELP) ({_METRIC}) (.+)", lines[0])):
        if found[1] in kinds:
            break
        kinds[found[1]] = found[3]
        name = found[2]
        lines.pop(0)
    if kinds.get("TYPE") not in _OM_TYPES or "HELP" not in kinds:
        raise AssertionError(f"no family: {kinds} before {lines[:1]}")
    if "UNIT" in kinds and not name.endswith("_" + kinds["UNIT"]):
        raise AssertionError(f"{name} does not end in its unit")
    samples = []
    while lines and (found := re.fullmatch(rf"{name}\{{(.*)\}} (\S+)", lines[0])):
        samples.append((_om_labels(found[1]), float(found[2])))
        lines.pop(0)
    if len({tuple(sorted(labels.items())) for labels, _ in samples}) < len(samples):
        raise AssertionError(f"two samples with the same labels: {name}")
    if kinds["TYPE"] == "stateset" and not all(
            name in labels and value in (0, 1) for labels, value in samples):
        raise AssertionError(f"no set of states: {samples}")
    return name, samples


def read_openmetrics(text):
    """{family: [(labels, value)]} of the text format of OpenMetrics 1.0, of which pconc writes gauges
    and sets of states only."""
    lines = text.split("\n")
    if lines[-2:] != ["# EOF", ""]:
        raise AssertionError("the last line is not # EOF")
    lines = lines[:-2]
    families = {}
    while lines:
        name, samples = _om_family(lines)
        if name in families:
            raise AssertionError(f"a family appears twice: {name}")
        families[name] = samples
    return families


def read_github(text):
    """[(command, properties, message)] of workflow commands. Every line must be one of the three that
    annotate; GitHub reads a command in each line that begins with '::'."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text.removesuffix("\n")) if text else []:
        command = re.fullmatch(r"::(error|warning|notice) (title=[^:,]*)::(.*)", line)
        if not command:
            raise AssertionError(f"no annotation: {line!r}")
        plain = [re.sub("%(25|0D|0A|3A|2C)", lambda code: chr(int(code[1], 16)), piece)
                 for piece in (command[2].partition("=")[2], command[3])]
        for piece in (command[2], command[3]):
            if re.search("%(?!25|0D|0A|3A|2C)", piece):
                raise AssertionError(f"a '%' that is not escaped: {line!r}")
        found.append((command[1], *plain))
    for kind in ("error", "warning", "notice"):
        if sum(command == kind for command, *_ in found) > 10:
            raise AssertionError(f"GitHub shows 10 of a kind only: {kind}")
    return found


def github_log(log):
    """What GitHub's runner makes of the log of a step, as read_github does. It obeys no line from
    ::stop-commands::WORD to ::WORD::, which must be there."""
    stopped, commands = None, []
    for line in log.split("\n"):
        if stopped is not None:
            stopped = None if line == f"::{stopped}::" else stopped
        elif line.startswith("::stop-commands::"):
            stopped = line.rpartition("::")[2]
            if not re.fullmatch("[0-9a-f]{32}", stopped):
                raise AssertionError(f"no random word: {stopped}")
        elif line.startswith("::"):
            commands.append(line)
    if stopped is not None:
        raise AssertionError(f"commands stay stopped: {log}")
    return read_github("\n".join(commands))


def read_table(text):
    """The lines of what a terminal shows: no character of a name moves its cursor or colours it."""
    if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text):
        raise AssertionError(f"a control character: {text!r}")
    return text.split("\n")


READERS = {"table": read_table, "csv": read_csv, "markdown": read_markdown, "junit": check_junit, "gobench": read_gobench,
           "pyperf": read_pyperf, "bmf": read_bmf, "smaller-is-better": read_smaller_is_better,
           "openmetrics": read_openmetrics, "github": read_github, "json": read_json}
