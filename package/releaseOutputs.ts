// What a release puts out, for programs that use it.

/** Contract files that wait, and the command that gets on with them. */
export interface WaitingFiles {
  /** `05_remove_phone` */
  readonly files: readonly string[];
  /** The command that approves them; missing where another stack is to run them first. */
  readonly approve?: string;
  /** Those that another stack is to run first, and the command for that. */
  readonly first?: { readonly on: string; readonly run: string; readonly files: readonly string[] };
}

/** What a stack verified, for the stack after it: export it as the stack's output `promotion`. */
export interface Promotion {
  readonly label: string;
  readonly releaseId: string;
  readonly releaseDigest: string;
  readonly appDigest: string;
  readonly command: readonly string[];
  readonly migrationsDigest: string;
  readonly target: string | null;
  readonly contractThrough: string | null;
  readonly lastFiles: Readonly<Record<string, string>>;
}
