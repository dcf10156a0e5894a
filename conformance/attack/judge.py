"""Compares a report of Schemathesis with exclusions.toml: judge.py REPORT fixed|fresh"""

import json
import sys
import tomllib


def main() -> int:
    with open(sys.argv[1]) as file:
        report = json.load(file)
    with open("exclusions.toml", "rb") as file:
        exclusions = tomllib.load(file)
    fixed = sys.argv[2] == "fixed"

    failures = {
        (failure["code"], operation.removeprefix("POST "))
        for failure in report["failures"]
        for operation in failure["operations"]
    }
    excluded = set()
    required = set()
    for code, exclusion in exclusions.items():
        deep = exclusion.get("deep", [])
        excluded.update((code, path) for path in exclusion["operations"] + deep)
        required.update((code, path) for path in exclusion["operations"])

    problems = [f"{code} at {path}: not documented behaviour" for code, path in sorted(failures - excluded)]
    if fixed:
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
