// `npm run docs`: writes the reference pages that are made from the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from './build.mjs';
import { fillManifest, fillMetrics, renderConfiguration, renderErrors } from './reference.mjs';

build();
const { catalogue } = await import('../dist/errors/index.js');
const { algorithmLimitsSchema, environmentName, projectSettingsSchema, settingsSchema } =
  await import('../dist/config/index.js');
const page = (name) => new URL(`../docs/${name}`, import.meta.url);
writeFileSync(page('errors.md'), renderErrors(catalogue));
writeFileSync(
  page('configuration.md'),
  renderConfiguration(settingsSchema, projectSettingsSchema, algorithmLimitsSchema, environmentName),
);
const { manifestSchema } = await import('../dist/langpack/index.js');
const langpacks = page('langpacks.md');
writeFileSync(langpacks, fillManifest(readFileSync(langpacks, 'utf8'), manifestSchema));
const { createMetrics } = await import('../dist/telemetry/index.js');
const operations = page('operations.md');
writeFileSync(operations, fillMetrics(readFileSync(operations, 'utf8'), createMetrics().registry));
