import { Follows } from '../../application/input/checked.js';
import * as domain from '../../domain/rules.js';
import * as rules from './rules.js';

/** The folder of debci.conf and conf.d. */
export const DEFAULT_CONFIG_DIR = '/etc/debci';
export const DEFAULT_DATA_BASEDIR = '/var/lib/debci/data';

const NAMES = { min: 1, max: 100 };

/**
 * The effective settings. Names and defaults are Debian's (`debci_<name>` in its files), but for `event_store`, `lease_seconds` and
 * `apt_proxy`, which are ours.
 * Each property's declared type also says how its text is read: number, boolean, a list of words, or as it is
 * (so it must be declared; an inferred one leaves no trace at run time).
 * The lists, `html_dir` and `event_store` get their defaults from the other settings when these are known (load.ts).
 */
export class Config {
  /** The broker. Null: the local instance's socket if there is one, else amqp://localhost. */
  @Follows(rules.amqpUrl, { optional: true })
  amqp_server: string | null = null;

  /** TLS also where `amqp_server` says amqp://. */
  @Follows(domain.yesOrNo)
  amqp_ssl: boolean = false;

  /** The CA's certificate, PEM. */
  @Follows(rules.absolutePath, { optional: true })
  amqp_cacert: string | null = null;

  /** Our certificate, PEM. */
  @Follows(rules.absolutePath, { optional: true })
  amqp_cert: string | null = null;

  /** Our certificate's private key, PEM. */
  @Follows(rules.absolutePath, { optional: true })
  amqp_key: string | null = null;

  @Follows(rules.queueName)
  amqp_results_queue: string = 'debci_results';

  /** Default: what dpkg says of this host. */
  @Follows(domain.archName)
  arch!: string;

  /** The architectures that are tested here. Default: `arch`. */
  @Follows(domain.archName, { each: NAMES })
  arch_list!: string[];

  @Follows(domain.suiteName)
  suite: string = 'unstable';

  /** Default: `suite`. */
  @Follows(domain.suiteName, { each: NAMES })
  suite_list!: string[];

  @Follows(domain.backendName)
  backend: string = 'lxc';

  /** Default: `backend`. */
  @Follows(domain.backendName, { each: NAMES })
  backend_list!: string[];

  /** The archive that testbeds are built from. Null: the one that this host's apt uses. */
  @Follows(rules.mirrorUrl, { optional: true })
  mirror: string | null = null;

  /** The HTTP proxy for packages, or DIRECT for none. Null: the one that is found. */
  @Follows(rules.aptProxy, { optional: true })
  apt_proxy: string | null = null;

  /** All that is kept: results, state, pages. */
  @Follows(rules.absolutePath)
  data_basedir: string = DEFAULT_DATA_BASEDIR;

  /** Default: `html` in the data folder. */
  @Follows(rules.absolutePath)
  html_dir!: string;

  /** The log: a SQLite file, or an EventStoreDB or KurrentDB server. Default: state/events.sqlite in the data folder. */
  @Follows(rules.eventStoreUrl)
  event_store!: string;

  /** A worker may be silent for so long before its test is given to another. The same for collector and workers. */
  @Follows(rules.seconds)
  lease_seconds: number = 300;

  /** On the pages. */
  @Follows(rules.text)
  distro_name: string = 'Debian';

  /** Where users reach the pages. */
  @Follows(rules.webUrl)
  url_base: string = 'http://localhost:8080';

  /** Days that logs and artifacts are kept; 0: for ever. Those that a package's status comes from are kept longer. */
  @Follows(rules.countOrNone)
  data_retention_days: number = 180;

  @Follows(rules.count)
  pending_status_per_page: number = 50;

  @Follows(rules.count)
  failing_packages_per_page: number = 50;

  /** Days for which a result is news on the status pages. */
  @Follows(rules.count)
  status_visible_days: number = 35;

  /** Minutes from which on a test is listed as slow. */
  @Follows(rules.count)
  slow_tests_duration_minutes: number = 60;

  /** Words given to autopkgtest, whatever the backend. */
  @Follows(rules.text, { each: { min: 0, max: 100 } })
  autopkgtest_args: string[] = [];

  /** Pages, data and queries need no API key. */
  @Follows(domain.yesOrNo)
  public_browsing: boolean = true;

  @Follows(rules.text, { optional: true })
  session_secret: string | null = null;

  @Follows(rules.text, { optional: true })
  salsa_client_id: string | null = null;

  @Follows(rules.text, { optional: true })
  salsa_client_secret: string | null = null;

  @Follows(rules.text, { optional: true })
  sendmail_from: string | null = null;

  @Follows(rules.text, { optional: true })
  sendmail_to: string | null = null;

  /** Only warnings and errors are logged, and no progress is shown. */
  @Follows(domain.yesOrNo)
  quiet: boolean = false;
}

/** Settings of Debian's debci that are known here but change nothing, each with why. */
export const WITHOUT_EFFECT: ReadonlyMap<string, string> = new Map([
  ...['session_secret', 'salsa_client_id', 'salsa_client_secret'].map(
    (key) => [key, 'pages have no login; keys are given by debci key issue'] as const,
  ),
  ...['sendmail_from', 'sendmail_to'].map((key) => [key, 'no mail is sent; results are in the feeds'] as const),
]);

/** Settings that nothing may print. */
export const SECRETS: ReadonlySet<string> = new Set(['session_secret', 'salsa_client_secret']);
/** Settings that may be printed without the password that they may hold. */
export const URLS: ReadonlySet<string> = new Set(['amqp_server', 'apt_proxy', 'event_store', 'mirror', 'url_base']);
