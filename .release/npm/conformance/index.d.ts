/** What was wrong with one request, with the fields of a finding in the JSON report. */
export interface Finding {
  /** Everything in one line, for people. */
  readonly text: string;
  readonly world: string;
  readonly time: string;
  /** A stable code; `kapture-conformance explain CODE` says what it means. */
  readonly code: string;
  readonly fault: "client" | "server" | "contract";
  readonly operation?: string;
  /** The JSON pointer of the value that is wrong. */
  readonly pointer: string;
  readonly expected?: string;
  readonly actual?: string;
  /** The place in the contract, as file:line. */
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
   * Returns the key of a world: what follows `Basic ` in the Authorization
   * header. A world starts empty. Without a name, the key is that of a new world.
   */
  key(world?: string): string;
  /** Returns what was wrong with the requests of a world, or of all worlds. */
  findings(world?: string): Promise<Finding[]>;
  /** Ends the mock. It also ends with this process, even if the process is killed. */
  stop(): Promise<void>;
}

export interface MockOptions {
  /** Check every request against the contract; true by default. */
  readonly check?: boolean;
  /** Flags of `kapture-conformance mock`. */
  readonly args?: readonly string[];
  /** How long to wait until the mock is ready, in milliseconds; 30,000 by default. */
  readonly timeout?: number;
}

/** Starts an embedded Kapture on a free port of 127.0.0.1. */
export function startMock(options?: MockOptions): Promise<Mock>;

/** Returns the key of a world; see {@link Mock.key}. */
export function key(world?: string): string;

/**
 * Returns the path of the program: the environment variable KAPTURE_CONFORMANCE,
 * or the program in the package for this platform.
 */
export function program(): string;
