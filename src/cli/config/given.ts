/** One setting as it was given, and by whom. */
export interface Given {
  /** `debci_<key>` */
  readonly name: string;
  readonly value: string;
  /** As users know it: `/etc/debci/debci.conf:3`, `environment`, `--arch`. */
  readonly source: string;
}
