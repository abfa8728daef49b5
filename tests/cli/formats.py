# SPDX-License-Identifier: MIT
"""Strict readers of the program's output: each raises an error if the format is wrong."""

import csv
import io
import json
import os
import re
import shutil
import subprocess

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
    return [dict(zip(heading, row)) for row in rows[1:]]


def _markdown_cells(line):
    if not re.fullmatch(r"\|.*\|", line):
        raise AssertionError(f"no row of a table: {line}")
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def read_markdown(text):
    """The tables, each a list of rows of cells; the heading is the first row."""
    tables = []
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
    """Checked by xmllint with the usual schema of JUnit."""
    xmllint = shutil.which("xmllint")
    if not xmllint:
        raise AssertionError("xmllint is missing; install libxml2-utils")
    done = subprocess.run([xmllint, "--noout", "--nonet", "--schema", JUNIT_FILE, "-"],
                          input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=pconc.GUARD, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout.decode())
