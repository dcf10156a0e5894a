/** Returns the path of one of the files: kapture.json or kapture.yaml. */
export function path(name?: string): string;

/** The fields that every OpenAPI 3.0.3 description has. */
export interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: Readonly<Record<string, unknown>>;
  readonly [extension: `x-${string}`]: unknown;
}

/** Returns the description. name is one of the JSON files. */
export function load(name?: string): Description;
