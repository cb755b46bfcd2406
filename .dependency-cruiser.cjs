/**
 * Imports run downwards through these layers, never up and never in a circle:
 * cli → yard → components → work → stores of state → words everything shares.
 */
const layers = [
  ['cli'],
  ['yard'],
  ['gateway', 'controller', 'runner'],
  ['dispatch', 'host', 'client'],
  ['discovery', 'langpack', 'queue', 'store'],
  ['sqlite', 'net'],
  ['config', 'telemetry'],
  ['protocol', 'errors'],
];

const upward = layers.slice(1).map((folders, index) => ({
  name: `no-import-up-from-${folders.join('-')}`,
  severity: 'error',
  comment: 'A layer may import only from the layers below it.',
  from: { path: `^src/(${folders.join('|')})/` },
  to: {
    path: `^src/(${layers
      .slice(0, index + 1)
      .flat()
      .join('|')})/`,
  },
}));

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '^src/index\\.ts$'] },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.build.json' },
    tsPreCompilationDeps: true,
  },
};
