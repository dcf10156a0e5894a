package main

const mockHelp = `mock serves a stateful Kapture: you can get, pull and update what you add, in
the form of the generation that asks. It prints its address when it is ready,
and stops on Ctrl-C.

Keys. A key of the form test-WORLD has its own data set (a world), so tests can
run in parallel: send "Authorization: Basic test-acme". WORLD consists of
letters, digits, _ and .; it ends at the first hyphen, so that test-acme and
test-acme-2 share one world.

A part after the hyphen can set a state: test-acme-expired, test-acme-disabled,
test-acme-forbidden, and test-acme-only.getCustomer for a key that is valid only
for that operation. User and password work too, with test-WORLD as the user.
--token adds one key of your choice. Every other key is rejected, so that a
production key does nothing here. There is nothing to clean up: a new name is an
empty world.

Limits. --worlds, --records, --memory, --max-body and --body-time bound what the
mock keeps and accepts. It prints on standard error what it forgets or rejects
for that reason, and names it in the header X-Kapture-Mock-Note of the response.

Faults. --fault OPERATION=KIND corrupts every response of an operation, or of
all operations with *. The page of the mock says what each KIND does: see below.
After a colon you can give, separated by commas, a number of responses (2), a
share drawn with --seed (25%), and after=N, delay=2s, retry-after=2s, skew=-26h,
size=N or location=URL.

Checks. The mock checks every request against the contract. It prints a line
for each request on standard error, with what is wrong in it, and says the same
in the headers X-Kapture-Mock-Check and X-Kapture-Mock-Finding of the response.
The lines show shapes and no values; --show-values shows both. A response is
checked too, which finds what a fault did to it. --quiet prints no lines.
  --strict  rejects what the contract does not allow: with the failure text of
            the operation where one fits, or else "Invalid Json."
  --check   ends with exit code 1 if requests had findings, and with 2 if no
            request was checked
--coverage adds what was seen of the contract to a file; the command coverage
adds up such files and has a threshold.

Recordings. --from FILE serves a recording of "kapture-conformance proxy" or a
HAR in place of the embedded Kapture. A request gets the response of the
earliest entry that matches it and was not played yet, or else of the last one
that matches. Method, path, query and body must match; the order of parameters
and fields, the spelling of numbers, host and headers do not matter, nor does
what was cut out as a credential. --ignore NAME lets the value of a field or
parameter differ, such as the date of a pull. A request that matches no entry
gets HTTP 404 with the nearest entry and what differs. Entries that no longer
fit the contract are listed at the start, and entries that were never played at
the end. With --check, changed requests and entries that no longer fit are
findings. --cors works as it does without --from.

Page. Open http://HOST:PORT/__conformance/ in a browser: it has the requests as
they arrive, with the findings next to the JSON they are about, the faults with
what each does and switches for them, the coverage, and the contract.

For programs, GET /__conformance/health says whether the mock serves, and with
--check GET /__conformance/findings?world=WORLD lists the findings of the keys
of one world as JSON.

Exit codes: 0 it was stopped, 1 with --check there were findings, 2 it could not
run, or with --check nothing was checked.`

const mockExamples = `  # a mock with one customer; send the request from another terminal
  kapture-conformance mock --addr 127.0.0.1:8080 --token secret --customers 1
  curl -X POST http://127.0.0.1:8080/search-customer-by-customer-id.html \
    -H 'Authorization: Basic secret' -H 'Content-Type: application/json' \
    -d '[{"phone":"9000000001"}]'

  # a free port, and a server that misbehaves
  kapture-conformance mock --addr 127.0.0.1:0 --seed 7 \
    --fault 'getCustomer=too-many-requests:2' \
    --fault '*=reset-in-body:25%,after=10'

  # what a recorded server responded, and the dates of the pulls may differ
  kapture-conformance mock --from today.ndjson --ignore start_date \
    --ignore end_date

  # for a test harness: it reads the URL, asks for the findings of each test's
  # world, and the mock ends with it
  kapture-conformance mock --addr 127.0.0.1:0 --check --ready-file - \
    --exit-with-stdin`
