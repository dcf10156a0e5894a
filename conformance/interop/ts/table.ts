// What both programs need: their settings, today's date, and the table that they print.

export const baseUrl = process.env["KAPTURE_BASE_URL"] ?? "http://127.0.0.1:8080";
export const token = process.env["KAPTURE_TOKEN"] ?? "secret";

// Kapture's days are calendar days of India, which is five and a half hours ahead of UTC.
export const today = new Date(Date.now() + 5.5 * 3600e3).toISOString().slice(0, 10);

export function row(step: string, response: Response | undefined, text: unknown): void {
  console.log(`${step}\t${response?.status ?? "none"}\t${String(text)}`);
}

// Returns the text of a response, which has one of two spellings.
export function message(body: object | undefined): string {
  if (body === undefined) return "nothing";
  if ("message" in body && typeof body.message === "string") return body.message;
  if ("Message" in body && typeof body.Message === "string") return body.Message;
  return "no message";
}

// Ends the program if a response is not the one that the next step needs.
export function unexpected(step: string, body: object | undefined): never {
  throw new Error(`${step}: ${message(body)}`);
}
