/** One setting of apt.conf(5). */
export interface AptSetting {
  readonly key: string;
  readonly value: string;
}

/** What apt's programs, and a view of apt for another place, are told. */
export interface AptSettings {
  /** Where programs are looked for, in the form of `PATH`. */
  readonly path: string;
  /** For temporary files. */
  readonly tmpDir: string;
  /** The archive to use; else this machine's own, from apt's configuration. */
  readonly mirror?: string;
  /** The HTTP proxy to use, or DIRECT for none; else the one that is found (proxy.ts). */
  readonly proxy?: string;
}
