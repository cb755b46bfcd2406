import { Type, type Static, type TObject, type TProperties } from '@sinclair/typebox';
import { LOG_LEVELS } from './log-levels.js';

/** Milliseconds, zero allowed. */
const ms = (value: number, description: string) => Type.Integer({ minimum: 0, default: value, description });
/** Bytes. */
const bytes = (value: number, description: string) =>
  Type.Integer({ minimum: 1, default: value, description });
const count = (value: number, description: string, minimum = 0) =>
  Type.Integer({ minimum, default: value, description });
const port = (value: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65535, default: value, description });
const address = (description: string) => Type.String({ minLength: 1, default: '127.0.0.1', description });
const section = <T extends TProperties>(description: string, properties: T): TObject<T> =>
  Type.Object(properties, { additionalProperties: false, default: {}, description });
const list = (description: string) => Type.Array(Type.String({ minLength: 1 }), { default: [], description });

const MIB = 1024 * 1024;

const batch = Type.Object(
  {
    maxSize: Type.Optional(Type.Integer({ minimum: 1, description: 'Most inputs in one call' })),
    maxWaitMs: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Longest wait of the first input for company' }),
    ),
    maxBytes: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Most JSON bytes of input in one call' }),
    ),
  },
  { additionalProperties: false },
);

/** What may be said of one algorithm, in the adapter's `limits` as well as here. */
export const algorithmLimitsSchema = Type.Object(
  {
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, description: 'Time limit of one run' })),
    maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Tries in all' })),
    backoffMs: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Wait before the second try; doubles with each' }),
    ),
    maxBackoffMs: Type.Optional(Type.Integer({ minimum: 0, description: 'Longest wait between tries' })),
    batch: Type.Optional(batch),
  },
  { additionalProperties: false },
);

const environment = section(
  'What children see of the environment, beyond PATH, HOME, LANG, LC_*, TZ and TMPDIR',
  {
    pass: list('Names of variables passed on from the yard’s own environment'),
    set: Type.Record(Type.String(), Type.String(), { default: {}, description: 'Variables set to a value' }),
  },
);

const pool = {
  minProcesses: count(0, 'Processes kept even when idle'),
  maxProcesses: count(0, 'Processes at most; 0 means one per processor, at least 2'),
  maxWaiting: count(1000, 'Runs of one algorithm that may wait for a process; beyond it: busy', 1),
  idleTimeoutMs: ms(60_000, 'An idle process beyond the minimum ends after this time'),
  maxLifetimeMs: ms(0, 'A process is replaced after this time; 0: never'),
  maxRequests: count(0, 'A process is replaced after this many runs; 0: never'),
  maxMemoryBytes: count(0, 'A process is replaced when it holds more; 0: never'),
  readyTimeoutMs: ms(60_000, 'Longest time from the start of a process to ready'),
  defaultTimeoutMs: ms(300_000, 'Time limit of a run when neither task nor algorithm says one'),
  cancelGraceMs: ms(2_000, 'From asking a run to stop to SIGTERM'),
  killGraceMs: ms(5_000, 'From SIGTERM to SIGKILL'),
  maxAnswerBytes: bytes(256 * MIB, 'Most bytes of one answer'),
};

const sandbox = {
  level: Type.Union([Type.Literal('none'), Type.Literal('process'), Type.Literal('namespace')], {
    default: 'none',
    description:
      '`process`: bounds of memory and processes; `namespace`: also its own project to read, a `/tmp` of its own, no network',
  }),
  network: Type.Boolean({ default: false, description: 'With `namespace`: it may use the network' }),
  memoryBytes: count(2 * 1024 * MIB, 'Memory of one process with all it starts; 0: no bound'),
  maxProcesses: count(256, 'Processes and threads one process may be and start; 0: no bound'),
  tmpBytes: bytes(512 * MIB, 'With `namespace`: size of its `/tmp`, which is in memory'),
  readable: list('With `namespace`: further absolute paths it may read'),
  writable: list('With `namespace`: further absolute paths it may write to'),
};

/** What may be said of one project, here under `projects.<name>` or in the project's own runyard.yaml. */
export const projectSettingsSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9][\\w.-]*$', description: 'Takes the place of the folder’s name' }),
    ),
    pool: Type.Optional(Type.Partial(Type.Object(pool), { additionalProperties: false })),
    sandbox: Type.Optional(Type.Partial(Type.Object(sandbox), { additionalProperties: false })),
    env: Type.Optional(Type.Partial(environment, { additionalProperties: false, default: undefined })),
    algorithms: Type.Optional(Type.Record(Type.String(), algorithmLimitsSchema)),
  },
  { additionalProperties: false },
);

/** The one definition of every setting: type, validation, defaults and docs/configuration.md come from it. */
export const settingsSchema = Type.Object(
  {
    gateway: section('The front door', {
      host: address('Address to listen on'),
      port: port(8080, 'Port to listen on'),
      bodyLimitBytes: bytes(64 * MIB, 'Most bytes of a request body'),
      allowedHosts: list(
        'Host names accepted in requests when no keys protect a loopback address, beyond loopback itself',
      ),
      corsOrigins: list('Origins of pages that may call the gateway from a browser; none by default'),
    }),
    auth: section('Who may use the gateway', {
      keys: Type.Array(
        Type.Object(
          {
            name: Type.String({ pattern: '^[\\w.-]{1,64}$', description: 'Shown as the owner of tasks' }),
            hash: Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description: 'From `runyard key`' }),
            algorithms: Type.Optional(
              Type.Array(Type.String(), { description: 'Only these; all when absent' }),
            ),
          },
          { additionalProperties: false },
        ),
        { default: [], description: 'API keys, hashed; `runyard key NAME` makes one' },
      ),
    }),
    discovery: section('The registry of runners', {
      host: address('Address to listen on'),
      port: port(5099, 'Port to listen on'),
      urls: list('Discoveries that runners register with and controllers and gateways read'),
      leaseMs: ms(15_000, 'A runner that has not renewed for this long is gone'),
      probeIntervalMs: ms(5_000, 'How often a runner without a lease is asked for /schemas'),
    }),
    runner: section('HTTP servers in front of projects', {
      host: address('Address to listen on'),
      port: port(5000, 'Port of the first runner; the next takes the next free one. 0: any free port'),
      bodyLimitBytes: bytes(64 * MIB, 'Most bytes of a request body'),
    }),
    langserver: section('`runyard langserver`: the HTTP API of Algorithmia in front of one project', {
      host: address('Address to listen on'),
      port: port(9999, 'Port to listen on; 0: any free port'),
      bodyLimitBytes: bytes(256 * MIB, 'Most bytes of a request body'),
      processes: count(1, 'Processes of the algorithm; with more than one, requests run side by side', 1),
      timeoutMs: ms(0, 'Time limit of a request; 0: none, as it was'),
      maxWaiting: count(1000, 'Requests that may wait for a process; beyond it: 503', 1),
      maxLogLines: count(10_000, 'Last lines of output that are told with an answer'),
      exitWithChild: Type.Boolean({
        default: false,
        description: 'End when a process dies, as the original server does, instead of starting another',
      }),
      maxZipBytes: bytes(4096 * MIB, 'Most bytes an archive may hold, unpacked'),
      maxZipRatio: count(200, 'Most times a file over 1 MiB may be larger than it is packed', 1),
      maxZipEntries: count(100_000, 'Most files and folders an archive may hold', 1),
    }),
    controller: section('Taking tasks from the queue', {
      host: address('Address that `runyard controller` tells its health and metrics on'),
      port: port(0, 'Port of health and metrics; 0: any free port'),
      maxAttempts: count(3, 'Tries of a task, unless task or algorithm say otherwise', 1),
      backoffMs: ms(1_000, 'Wait before the second try; doubles with each, with jitter'),
      maxBackoffMs: ms(300_000, 'Longest wait between tries'),
      poisonLimit: count(3, 'A task is dead after crashing its process this often', 1),
      maxLostDeliveries: count(20, 'A task is dead after its controller or runner vanished this often', 1),
      unroutableAfterMs: ms(3_600_000, 'A task that nobody offers to run is dead after this time'),
      maxConcurrency: count(1000, 'Runs in flight over all algorithms', 1),
      retentionMs: ms(604_800_000, 'Ended tasks are kept this long'),
    }),
    queue: section('Where tasks wait: in the data directory, or in RabbitMQ for more than one machine', {
      url: Type.Optional(
        Type.String({
          pattern: '^amqps?://',
          description:
            'RabbitMQ: `amqp://user:password@host:5672/vhost`; the SQLite file in the data directory when absent',
        }),
      ),
      prefix: Type.String({
        pattern: '^[A-Za-z0-9_-]{1,24}$',
        default: 'runyard',
        description: 'First word of all names in the broker; yards with different ones do not see each other',
      }),
      compatibility: Type.Union([Type.Literal('none'), Type.Literal('original')], {
        default: 'none',
        description:
          '`original`: controllers also take the messages that original producers put into the queue `originalName`',
      }),
      originalName: Type.String({
        minLength: 1,
        maxLength: 255,
        default: 'tasks',
        description:
          'Queue of the original programs; declared as they do, neither durable nor with arguments',
      }),
      originalMaxBytes: bytes(16 * MIB, 'A message of the original queue that is larger becomes a dead task'),
      originalRunner: Type.Optional(
        Type.String({
          pattern: '^https?://',
          description:
            'The one fixed runner of Part II of the series: each message is posted to it as it is, to `/`',
        }),
      ),
      publishTimeoutMs: count(5_000, 'Longest time a submitter waits for the broker', 1),
      holdMs: count(
        600_000,
        'A run’s message is renewed after this time; below the broker’s consumer_timeout (30 minutes)',
        1_000,
      ),
      startTimeoutMs: ms(
        0,
        'How long a broker that is not there yet is waited for at the start; 0: without end',
      ),
      leaseMs: ms(
        30_000,
        'Embedded queue: work of a controller that has not renewed for this long goes to another',
      ),
    }),
    store: section('Records of tasks: in the data directory, or in PostgreSQL for more than one machine', {
      url: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'PostgreSQL: `postgres://user:password@host:5432/database`; the SQLite file in the data directory when absent',
        }),
      ),
      schema: Type.String({
        pattern: '^[a-z_][a-z0-9_]{0,47}$',
        default: 'runyard',
        description: 'Schema of the tables; made when it is not there',
      }),
      connections: count(4, 'Connections of one process, and one more that listens for changes', 2),
      connectTimeoutMs: count(5_000, 'Longest time to connect', 1),
      statementTimeoutMs: count(30_000, 'Longest time of one statement', 1),
      startTimeoutMs: ms(
        0,
        'How long a server that is not there yet is waited for at the start; 0: without end',
      ),
    }),
    callbacks: section('POSTs to `callbackUrl` when a task has ended', {
      secret: Type.Optional(
        Type.String({
          pattern: '^whsec_',
          description: 'Signing key (Standard Webhooks); made and kept in the data directory when absent',
        }),
      ),
      allowPrivate: Type.Boolean({
        default: false,
        description: 'Allow addresses of private networks and this machine',
      }),
      maxTries: count(8, 'Deliveries tried', 1),
      timeoutMs: ms(10_000, 'Time limit of one delivery'),
    }),
    langpacks: section('Languages', {
      dirs: list('Folders with further langpacks, one folder a language'),
      install: Type.Boolean({
        default: true,
        description: 'As root on Debian, install the packages of a language that is missing',
      }),
    }),
    limits: section('Bounds that hold everywhere', {
      callDepth: count(16, 'Longest chain of algorithms calling algorithms', 1),
    }),
    log: section('Logging, to standard error', {
      level: Type.Union(
        LOG_LEVELS.map((level) => Type.Literal(level)),
        { default: 'info', description: 'Least level that is written' },
      ),
    }),
    tracing: section('Traces, sent by OTLP over HTTP', {
      url: Type.Optional(
        Type.String({
          pattern: '^https?://',
          description:
            'Where spans go, such as `http://collector:4318/v1/traces`; none are made when absent. `OTEL_EXPORTER_OTLP_ENDPOINT` says it as well',
        }),
      ),
      serviceName: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'Name of the service in traces; `runyard-gateway`, `runyard-runner` and so on when absent. `OTEL_SERVICE_NAME` says it as well',
        }),
      ),
    }),
    pool: section('Processes of each project; `projects.<name>.pool` overrides', pool),
    sandbox: section(
      'What keeps processes from the rest of the machine; `projects.<name>.sandbox` overrides',
      sandbox,
    ),
    env: environment,
    algorithms: Type.Record(Type.String(), algorithmLimitsSchema, {
      default: {},
      description: 'Limits by algorithm; they override the adapter’s own',
    }),
    projects: Type.Record(Type.String(), projectSettingsSchema, {
      default: {},
      description: 'Settings by project; they override the project’s own runyard.yaml',
    }),
  },
  { additionalProperties: false },
);

/** Every setting, resolved: defaults filled in, nothing optional that has a default. */
export type Settings = Static<typeof settingsSchema>;
export type ProjectSettings = Static<typeof projectSettingsSchema>;
