#!/usr/bin/env bash
# Runs the program, shows its findings as annotations and in the summary of the
# job, and ends as the program did.
set -euo pipefail
: "${ARGS:?what to run}"

# One argument a line: xargs knows quotes, and evaluates nothing.
args=()
while IFS= read -r argument; do
	args+=("$argument")
done < <(xargs printf '%s\n' <<<"$ARGS")

folder="$RUNNER_TEMP/kapture-conformance-report"
rm -rf "$folder"
mkdir -p "$folder"
echo "folder=$folder" >>"$GITHUB_OUTPUT"
help=$(kapture-conformance help "${args[0]}")
if ! grep -q '^ *--report FILE ' <<<"$help"; then
	exec kapture-conformance "${args[@]}" # coverage, docs, drift, mutants
fi

code=0
kapture-conformance "${args[0]}" --format github --report "$folder/report.json" --report "$folder/report.xml" \
	--report "$folder/report.sarif" "${args[@]:1}" || code=$?
if [ ! -s "$folder/report.json" ]; then
	echo "::error::kapture-conformance could not run; its output is above"
	exit "$code"
fi

jq -r '
	def cell: gsub("[|`\r\n]"; " ");
	[.cases[]?.findings[]?] as $all
	| "### kapture-conformance: \($all | length) findings",
	  (if $all == [] then empty else "", "| operation | code | where | what |", "| --- | --- | --- | --- |" end),
	  ($all[:100][] | "| \(.operation // "") | \(.code) | `\(.pointer | cell)` | \(.message | cell) |")
' "$folder/report.json" | tee -a "$GITHUB_STEP_SUMMARY"

exit "$code"
