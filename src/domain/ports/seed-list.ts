/** What batch is to look at. */
export interface SeedList {
  /**
   * Source packages; null: all of the archive that say that they have tests.
   * @throws InvalidInputError, SeedListError
   */
  packages(): Promise<ReadonlySet<string> | null>;
}
