"""Compares a report of Schemathesis with exclusions.toml."""

import argparse
import json
import sys
import tomllib
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="the report as JSON")
    parser.add_argument("--default-run", action="store_true", help="also reject exclusions that did not fire")
    arguments = parser.parse_args()
    report = json.loads(arguments.report.read_text(encoding="utf-8"))
    exclusions = tomllib.loads(Path("exclusions.toml").read_text(encoding="utf-8"))

    failures = {
        (failure["code"], operation.removeprefix("POST "))
        for failure in report["failures"]
        for operation in failure["operations"]
    }
    required = {(code, path) for code, exclusion in exclusions.items() for path in exclusion["operations"]}
    deep = {(code, path) for code, exclusion in exclusions.items() for path in exclusion.get("deep", [])}
    excluded = required | deep

    problems = [f"{code} at {path}: not documented behaviour" for code, path in sorted(failures - excluded)]
    if arguments.default_run:
        unused = sorted(required - failures)
        problems += [f"{code} at {path}: the exclusion no longer fires; remove it" for code, path in unused]
    if not report["complete"] or report["errors"]:
        problems.append(f"the run is not complete: {len(report['errors'])} errors")

    for problem in problems:
        print(problem)
    cases = report["test_cases"]["generated"]
    print(
        f"attack: seed {report['seed']}, {cases} cases, {report['operations']['tested']} operations, "
        f"{len(failures & excluded)} documented exclusions, {len(problems)} problems"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
