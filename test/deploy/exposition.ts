import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

/** Series of metrics texts: their names, and the labels that some of them carry. */
export function readSeries(texts: readonly string[]): Map<string, Set<string>> {
  const series = new Map<string, Set<string>>();
  const add = (name: string, labels: Iterable<string> = []): void => {
    const known = series.get(name) ?? new Set();
    for (const label of labels) known.add(label);
    series.set(name, known);
  };
  for (const line of texts.join('\n').split('\n')) {
    const type = /^# TYPE (\S+) (\S+)/.exec(line);
    if (type?.[2] === 'histogram') for (const end of ['bucket', 'sum', 'count']) add(`${type[1]}_${end}`);
    else if (type?.[1] !== undefined) add(type[1]);
    const sample = /^([a-zA-Z_:]\w*)(?:\{(.*)\})? /.exec(line);
    if (sample?.[1] !== undefined)
      add(
        sample[1],
        [...(sample[2] ?? '').matchAll(/(\w+)="/g)].map(([, label = '']) => label),
      );
  }
  return series;
}

export interface Query {
  /** Where it stands. */
  where: string;
  text: string;
}

/** Every PromQL expression under deploy/. */
export function readQueries(): Query[] {
  const read = (path: string): string =>
    readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');
  const { groups } = parse(read('prometheus/alerts.yaml')) as {
    groups: { rules: { alert: string; expr: string }[] }[];
  };
  const { panels } = JSON.parse(read('grafana/dashboard.json')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  return [
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, text: expr }))),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, text: expr }))),
  ];
}

/** Metrics and labels that an expression names. @throws Error when it is no PromQL */
export function readNames({ where, text }: Query): { metrics: string[]; labels: string[] } {
  const expression = text.replaceAll('$__rate_interval', '5m');
  const metrics: string[] = [];
  const labels: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ name, from, to, type }) => {
      const word = expression.slice(from, to);
      if (type.isError) throw new Error(`${where}: no PromQL at ${from}: ${expression}`);
      if (name === 'VectorSelector') metrics.push(/^\w+/.exec(word)?.[0] ?? '');
      if (name === 'LabelName') labels.push(word);
    },
  });
  return { metrics, labels };
}
