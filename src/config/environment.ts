import { isIPv6 } from 'node:net';
import { settingsSchema } from './settings.js';
import type { SettingsSource } from './resolve-settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables the original plug & play programs are configured by, and where their values go. */
const ORIGINAL_LOG_LEVELS: Readonly<Record<string, string>> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  WARN: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
};

/** Settings from `RUNYARD_<SECTION>_<NAME>`, such as `RUNYARD_GATEWAY_PORT` or `RUNYARD_POOL_MAX_PROCESSES`. */
export function settingsFromEnvironment(env: Environment): SettingsSource {
  const values: Record<string, Record<string, unknown>> = {};
  for (const [section, definition] of Object.entries(settingsSchema.properties)) {
    if (!('properties' in definition)) continue;
    for (const [name, schema] of Object.entries(definition.properties as Record<string, { type?: string }>)) {
      const text = env[environmentName(section, name)];
      if (text !== undefined && text !== '') (values[section] ??= {})[name] = parseValue(text, schema.type);
    }
  }
  return { name: 'environment', values };
}

/**
 * Settings from the names the original programs read: `PORT`, `LOG_LEVEL`, `RUNNER_DISCOVERY_*`, and of a controller
 * `RABBITMQ_HOST`, `QUEUE_NAME`, `RUNNER_HOST` and `RUNNER_PORT`.
 */
export function settingsFromOriginalEnvironment(
  env: Environment,
  component: 'runner' | 'discovery' | 'controller',
): SettingsSource {
  const values: Record<string, Record<string, unknown>> = {};
  if (env['PORT'] && component !== 'controller')
    values[component] = { port: parseValue(env['PORT'], 'integer') };
  const level = env['LOG_LEVEL'];
  if (level) values['log'] = { level: ORIGINAL_LOG_LEVELS[level.toUpperCase()] ?? level.toLowerCase() };
  const discovery = env['RUNNER_DISCOVERY_CONTAINER_NAME'];
  if (discovery && component !== 'discovery') {
    values['discovery'] = { urls: [`http://${withPort(discovery, env['RUNNER_DISCOVERY_PORT'] || '5099')}`] };
  }
  // Others reach it by that name, from their own hosts.
  if (env['CONTAINER_NAME'] && component !== 'controller')
    values[component] = { ...values[component], host: '0.0.0.0' };
  const queue = component === 'controller' ? originalQueue(env) : {};
  if (Object.keys(queue).length > 0) values['queue'] = queue;
  return { name: 'environment', values };
}

/** Naming the broker as the original controller has it named is asking for what that one did. */
function originalQueue(env: Environment): Record<string, unknown> {
  const { RABBITMQ_HOST, QUEUE_NAME, RUNNER_HOST, RUNNER_PORT } = env;
  return {
    ...(RABBITMQ_HOST && {
      url: `amqp://guest:guest@${withPort(RABBITMQ_HOST, '5672')}`,
      compatibility: 'original',
    }),
    ...(QUEUE_NAME && { originalName: QUEUE_NAME }),
    ...(RUNNER_HOST && { originalRunner: `http://${withPort(RUNNER_HOST, RUNNER_PORT || '5000')}` }),
  };
}

/** A host, with a port of its own or the usual one; IPv6 goes in brackets. */
function withPort(host: string, port: string): string {
  if (isIPv6(host)) return `[${host}]:${port}`;
  return /:\d+$/.test(host) ? host : `${host}:${port}`;
}

/** Settings from the standard variables of OpenTelemetry. Its exporter and sampler read others of them by themselves. */
export function settingsFromOpenTelemetryEnvironment(env: Environment): SettingsSource {
  const isOff = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none';
  const base = env['OTEL_EXPORTER_OTLP_ENDPOINT']?.replace(/\/+$/, '');
  const url = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || (base ? `${base}/v1/traces` : undefined);
  const serviceName = env['OTEL_SERVICE_NAME'] || undefined;
  const tracing = {
    ...(url !== undefined && !isOff && { url }),
    ...(serviceName !== undefined && { serviceName }),
  };
  return { name: 'environment', values: { tracing } };
}

/** The variable that sets one setting. */
export function environmentName(section: string, name: string): string {
  return `RUNYARD_${section.toUpperCase()}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function parseValue(text: string, type: string | undefined): unknown {
  if (type === 'integer' && /^-?\d+$/.test(text.trim())) return Number(text);
  if (type === 'boolean' && /^(true|false|1|0)$/i.test(text)) return /^(true|1)$/i.test(text);
  if (type === 'array')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  return text;
}
