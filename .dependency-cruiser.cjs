/**
 * Imports run downwards through these layers, never up and never in a circle:
 * cli → yard → components → work → stores of state → words everything shares.
 */
const layers = [
  ['cli'],
  ['yard'],
  ['gateway', 'controller', 'runner', 'langserver'],
  ['tasks', 'dispatch', 'host', 'client', 'images'],
  ['discovery', 'langpack', 'queue', 'store'],
  ['sqlite', 'net', 'validation', 'openapi', 'http'],
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

const sideways = layers
  .flat()
  .map((folder) => ({
    folder,
    beside: layers.find((names) => names.includes(folder)).filter((n) => n !== folder),
  }))
  .filter(({ folder, beside }) => beside.length > 0 && !['protocol', 'errors'].includes(folder))
  .map(({ folder, beside }) => ({
    name: `no-import-sideways-from-${folder}`,
    severity: 'error',
    comment: 'Folders of one layer do not know each other; what they share lies below them.',
    from: { path: `^src/${folder}/` },
    to: { path: `^src/(${beside.join('|')})/` },
  }));

module.exports = {
  forbidden: [
    ...upward,
    ...sideways,
    {
      name: 'no-circular',
      comment: 'Types may refer to each other; what runs may not.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
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
