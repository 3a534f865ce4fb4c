// What an error says to do about a finding.

/** The remedy, with the SQL for it where there is any. */
export function nextOf({
  remedy,
  rewrite,
}: {
  readonly remedy: string;
  readonly rewrite?: string;
}): string {
  return rewrite === undefined ? remedy : `${remedy}:\n${rewrite}`;
}
