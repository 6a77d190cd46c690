import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import type { Given } from './config/given.js';

/**
 * Flags with Debian's names, of which each command takes those that make sense for it.
 * All but `json` and `debug` set what a configuration file may set too.
 */
const path = (text: string): Promise<string> => Promise.resolve(resolve(text));

export const commonFlags = {
  config: Flags.string({
    char: 'c',
    helpValue: 'DIR',
    parse: path,
    summary: 'Folder of debci.conf and conf.d (default /etc/debci).',
    helpGroup: 'COMMON',
  }),
  'data-dir': Flags.string({
    char: 'd',
    helpValue: 'DIR',
    parse: path,
    summary: 'Folder for results, state and pages (debci_data_basedir).',
    helpGroup: 'COMMON',
  }),
  quiet: Flags.boolean({
    char: 'q',
    summary: 'Say nothing but warnings and errors (debci_quiet).',
    helpGroup: 'COMMON',
  }),
  debug: Flags.boolean({ summary: 'Log more, and show the stack of an error.', helpGroup: 'COMMON' }),
  arch: Flags.string({ char: 'a', helpValue: 'ARCH', summary: "Architecture (debci_arch; default: this host's)." }),
  backend: Flags.string({
    char: 'b',
    helpValue: 'BACKEND',
    summary: 'What runs the tests, such as lxc, qemu or unshare (debci_backend).',
  }),
  suite: Flags.string({ char: 's', helpValue: 'SUITE', summary: 'Suite, such as unstable (debci_suite).' }),
  amqp: Flags.string({ helpValue: 'URL', summary: 'AMQP server (debci_amqp_server).' }),
  mirror: Flags.string({ char: 'm', helpValue: 'URL', summary: 'Debian archive for testbeds (debci_mirror).' }),
  json: Flags.boolean({ summary: 'Print JSON.' }),
};

/** The values that these flags have once parsed; those that a command does not take are absent. */
export interface CommonFlags {
  readonly config?: string | undefined;
  readonly 'data-dir'?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly debug?: boolean | undefined;
  readonly arch?: string | undefined;
  readonly backend?: string | undefined;
  readonly suite?: string | undefined;
  readonly amqp?: string | undefined;
  readonly mirror?: string | undefined;
  readonly json?: boolean | undefined;
}

/** The setting that each flag sets. */
const SETTING = {
  'data-dir': 'debci_data_basedir',
  quiet: 'debci_quiet',
  arch: 'debci_arch',
  backend: 'debci_backend',
  suite: 'debci_suite',
  amqp: 'debci_amqp_server',
  mirror: 'debci_mirror',
} as const satisfies Partial<Record<keyof CommonFlags, string>>;

/** What was given on the command line. */
export function givenByFlags(flags: CommonFlags): Given[] {
  return (Object.keys(SETTING) as (keyof typeof SETTING)[]).flatMap((flag) => {
    const value = flags[flag];
    return value === undefined || value === false
      ? []
      : [{ name: SETTING[flag], value: String(value), source: `--${flag}` }];
  });
}
