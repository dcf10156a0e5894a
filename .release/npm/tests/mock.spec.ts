// Tests as a user writes them with vitest and TypeScript, with strict types.
import { expect, test } from "vitest";
import { startMock, type Finding } from "@kapture-community/conformance";
import { load } from "@kapture-community/contract";

test("a mock for the length of a block", async () => {
  await using kapture = await startMock({ args: ["--first-id", "9007199254740993"] });
  const url: string = kapture.url;
  const response = await fetch(`${url}/ms/customer/customer/api/v1/add-update`, {
    method: "POST",
    headers: { Authorization: `Basic ${kapture.key("acme")}`, "Content-Type": "application/json" },
    body: JSON.stringify({ customer_info: { customer_name: "Asha Example", phone: 9000000001 } }),
  });
  expect(await response.text()).toContain("9007199254740993");

  const findings: Finding[] = await kapture.findings("acme");
  expect(findings.map((finding) => finding.code)).toEqual(["schema-type"]);
});

test("the contract", () => {
  const version: string = load().info.version;
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
