// How a migration is named wherever one is shown or recorded.

/** How people and results name a migration file: `05_remove_phone`. */
export function fileId(file: { readonly number: string; readonly name: string }): string {
  return file.name === "" ? file.number : `${file.number}_${file.name}`;
}
