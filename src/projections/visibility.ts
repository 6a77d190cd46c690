/** SQL: at an instant, the run was public or had been published. One parameter: the instant. */
export function publicAt(table: string): string {
  return `(${table}.publishedAt IS NULL OR ${table}.publishedAt <= ?)`;
}
