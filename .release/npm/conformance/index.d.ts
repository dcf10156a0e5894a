/** What was wrong with one request. Further fields are those of a finding in the JSON report. */
export interface Finding {
  /** All of it in one line, to be shown. */
  readonly text: string;
  readonly world: string;
  readonly time: string;
  /** Stable; `kapture-conformance explain CODE` says what it means. */
  readonly code: string;
  readonly fault: "client" | "server" | "contract";
  readonly operation?: string;
  /** The JSON pointer of the value. */
  readonly pointer: string;
  readonly expected?: string;
  readonly actual?: string;
  /** file:line of the contract. */
  readonly location?: string;
  /** The same place in `spec/dist/kapture.json`, as a JSON pointer after `#`. */
  readonly reference?: string;
  readonly message: string;
  readonly hint?: string;
}

export interface Mock extends AsyncDisposable {
  /** Where the mock listens, without a slash at the end. */
  readonly url: string;
  /**
   * The key of a world, which starts empty: what follows `Basic ` in
   * Authorization. Without a name it is a world that nobody else uses.
   */
  key(world?: string): string;
  /** What was wrong with the requests of a world, or of all of them. */
  findings(world?: string): Promise<Finding[]>;
  /** Ends the mock. It also ends with this process, even when that is killed. */
  stop(): Promise<void>;
}

export interface MockOptions {
  /** Check every request against the contract; true by default. */
  readonly check?: boolean;
  /** Further flags of `kapture-conformance mock`. */
  readonly args?: readonly string[];
  /** Milliseconds to wait for the mock to serve; 30,000 by default. */
  readonly timeout?: number;
}

/** Starts an embedded Kapture on a free port of 127.0.0.1. */
export function startMock(options?: MockOptions): Promise<Mock>;

/** The key of a world; see {@link Mock.key}. */
export function key(world?: string): string;

/** The path of the program. The variable KAPTURE_CONFORMANCE names another. */
export function program(): string;
