// `npm run docs`: writes the reference pages that are made from the code.
import { writeFileSync } from 'node:fs';
import { build } from './build.mjs';
import { renderConfiguration, renderErrors } from './reference.mjs';

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
