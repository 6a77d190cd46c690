import { checked } from '../../application/input/checked.js';
import { InvalidInputError, type Violation } from '../../domain/errors.js';
import { redactUrl } from '../redact.js';
import { Config, DEFAULT_DATA_BASEDIR, SECRETS, URLS, WITHOUT_EFFECT } from './config.js';
import { readConfigFiles } from './files.js';
import type { Given } from './given.js';
import { defaultEventStore } from './state.js';

export interface LoadOptions {
  /** The folder of debci.conf and conf.d. */
  readonly dir: string;
  /** The folder must exist: somebody named it. */
  readonly dirNamed: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From the command line. */
  readonly flags: readonly Given[];
  readonly hostArch: () => Promise<string>;
}

export interface LoadedConfig {
  /** The folder of debci.conf, conf.d and the lists beside them. */
  readonly dir: string;
  readonly config: Config;
  /** autopkgtest_args_<backend>, by the backend's name with _ for -: the shell has no - in names. */
  readonly backendArgs: ReadonlyMap<string, readonly string[]>;
  /** Where each setting comes from; a default is not here. */
  readonly sources: ReadonlyMap<string, string>;
  /** Sentences about what was ignored. */
  readonly warnings: readonly string[];
}

const PREFIX = 'debci_';
const BACKEND_ARGS = 'autopkgtest_args_';

function fromEnvironment(env: LoadOptions['env']): Given[] {
  return Object.entries(env)
    .filter((entry): entry is [string, string] => entry[0].startsWith(PREFIX) && entry[1] !== undefined)
    .map(([name, value]) => ({ name, value, source: 'environment' }));
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', '1'].map((word) => [word, true] as const),
  ...['false', 'no', '0'].map((word) => [word, false] as const),
]);

/** The text as the setting's declared type; what cannot be read is left for the rule to refuse. */
function typed(key: string, text: string): unknown {
  const type: unknown = Reflect.getMetadata('design:type', Config.prototype, key);
  if (type === Array) return words(text);
  if (type === Number) return /^\d+$/.test(text) ? Number(text) : text;
  if (type === Boolean) return BOOLEANS.get(text.toLowerCase()) ?? text;
  return text;
}

/** What a variable sets: a setting's key, `autopkgtest_args_<backend>`, or nothing that we know. */
function keyOf(name: string): string | null {
  const key = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : '';
  return key.startsWith(BACKEND_ARGS) || Reflect.hasMetadata('design:type', Config.prototype, key) ? key : null;
}

interface Settings {
  readonly byKey: ReadonlyMap<string, Given>;
  readonly unknown: readonly Given[];
}

/** The last one that says something of a setting wins; a blank value takes it back to its default. */
function effective(given: readonly Given[]): Settings {
  const byKey = new Map<string, Given>();
  const unknown: Given[] = [];
  for (const one of given) {
    const key = keyOf(one.name);
    if (key === null) unknown.push(one);
    else if (one.value.trim() === '') byKey.delete(key);
    else byKey.set(key, one);
  }
  return { byKey, unknown };
}

type Plain = Partial<Record<keyof Config, unknown>>;

async function withDefaults(plain: Plain, hostArch: LoadOptions['hostArch']): Promise<Plain> {
  const blank = new Config();
  const data = typeof plain.data_basedir === 'string' ? plain.data_basedir : DEFAULT_DATA_BASEDIR;
  const arch = plain.arch ?? (await hostArch());
  return {
    arch,
    arch_list: [arch],
    suite_list: [plain.suite ?? blank.suite],
    backend_list: [plain.backend ?? blank.backend],
    html_dir: `${data}/html`,
    event_store: defaultEventStore(data),
    ...plain,
  };
}

/** As it may be shown to anyone. */
export function publicValue<T>(key: string, value: T): T | string {
  if (typeof value !== 'string') return value;
  if (SECRETS.has(key)) return '***';
  return URLS.has(key) ? redactUrl(value) : value;
}

/** Names the place where each bad setting was given, hides what is secret, and drops what only follows from another. */
function placed(violations: readonly Violation[], { byKey }: Settings): Violation[] {
  return violations.flatMap((violation) => {
    const key = violation.field.replace(/\[\d+\]$/, '');
    const source = byKey.get(key)?.source;
    if (source === undefined) return [];
    const field = source.startsWith('--') ? source : `${PREFIX}${violation.field} (${source})`;
    return [{ ...violation, field, value: publicValue(key, violation.value) }];
  });
}

async function toConfig(settings: Settings, hostArch: LoadOptions['hostArch']): Promise<Config> {
  const own = [...settings.byKey].filter(([key]) => !key.startsWith(BACKEND_ARGS));
  const plain: Plain = Object.fromEntries(own.map(([key, { value }]) => [key, typed(key, value)]));
  try {
    return checked(Config, await withDefaults(plain, hostArch));
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const violations = placed(error.violations, settings);
    throw violations.length > 0 ? new InvalidInputError(violations) : error;
  }
}

function backendArgs({ byKey }: Settings): Map<string, readonly string[]> {
  const ours = [...byKey].filter(([key]) => key.startsWith(BACKEND_ARGS));
  return new Map(ours.map(([key, { value }]) => [key.slice(BACKEND_ARGS.length), words(value)]));
}

/** What was given in vain. */
function warnings({ byKey, unknown }: Settings): string[] {
  const idle = [...byKey].flatMap(([key, { name, source }]) => {
    const why = WITHOUT_EFFECT.get(key);
    return why === undefined ? [] : [`${source}: ${name} has no effect: ${why}`];
  });
  return [...unknown.map(({ name, source }) => `${source}: ${name} is not a setting of debci; it is ignored`), ...idle];
}

/**
 * The settings of files, environment and flags, in rising order of weight.
 * @throws InvalidInputError naming the line, variable or flag that is not allowed.
 * @throws ConfigUnreadableError
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const files = await readConfigFiles(options.dir, options.dirNamed);
  const settings = effective([...files, ...fromEnvironment(options.env), ...options.flags]);
  return {
    dir: options.dir,
    config: await toConfig(settings, options.hostArch),
    backendArgs: backendArgs(settings),
    sources: new Map([...settings.byKey].map(([key, { source }]) => [key, source])),
    warnings: warnings(settings),
  };
}
