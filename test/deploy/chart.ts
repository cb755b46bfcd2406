import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const chart = fileURLToPath(new URL('../../deploy/helm/runyard', import.meta.url));
const rendered = fileURLToPath(new URL('./rendered.yaml', import.meta.url));

/** A Kubernetes object as far as tests look at it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec: Record<string, unknown>;
}

/** Everything a rendering depends on. */
export function hashChart(): string {
  const hash = createHash('sha256');
  const files = readdirSync(chart, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(file.slice(chart.length)).update(readFileSync(file));
  return hash.digest('hex');
}

/** What helm makes of the chart, with everything switched on; undefined where there is no helm. */
export function renderChart(): string | undefined {
  const helm = process.env['RUNYARD_TEST_HELM'] ?? 'helm';
  const args = ['template', 'yard', chart, '--kube-version', '1.30.0', '--set', 'keda.enabled=true'];
  const { status, stdout, stderr, error } = spawnSync(helm, args, { encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
  if (status !== 0) throw new Error(`helm template: ${stderr}`);
  return stdout;
}

/** The rendering that is kept for machines without helm, and the hash of the chart it was made of. */
export function readRendered(): { hash: string; text: string } {
  const [first = '', ...rest] = readFileSync(rendered, 'utf8').split('\n');
  return { hash: first.replace('# of the chart ', ''), text: rest.join('\n') };
}

export function writeRendered(text: string): void {
  writeFileSync(rendered, `# of the chart ${hashChart()}\n${text}`);
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}
