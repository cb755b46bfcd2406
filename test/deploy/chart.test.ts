import { ScaledObject, TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Service } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { Topology } from '../../src/queue/rabbitmq/topology.js';
import {
  hashChart,
  parseManifests,
  readRendered,
  renderChart,
  writeRendered,
  type Manifest,
} from './chart.js';

const MODELS = {
  Deployment,
  NetworkPolicy,
  PodDisruptionBudget,
  ScaledObject,
  Service,
  TriggerAuthentication,
};

interface Container {
  name: string;
  args: string[];
  ports: { containerPort: number }[];
  securityContext: object;
  readinessProbe: { httpGet: { path: string } };
}

interface PodSpec {
  containers: Container[];
  terminationGracePeriodSeconds: number;
  securityContext: object;
  volumes: { name: string }[];
}

const fresh = renderChart();
if (fresh !== undefined && process.env['RUNYARD_TEST_RENDER'] === '1') writeRendered(fresh);
const manifests = parseManifests(readRendered().text);
const ofKind = (kind: string): Manifest[] => manifests.filter((manifest) => manifest.kind === kind);
const podOf = ({ spec }: Manifest): PodSpec => (spec as { template: { spec: PodSpec } }).template.spec;

it('the kept rendering is that of this chart; with helm here, RUNYARD_TEST_RENDER=1 makes it anew', () => {
  expect(readRendered().hash).toBe(hashChart());
  if (fresh !== undefined) expect(readRendered().text).toBe(fresh);
});

describe('the manifests', () => {
  it.each(manifests.map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const))(
    '%s %s fits its schema',
    (kind, _name, manifest) => {
      const Model = MODELS[kind as keyof typeof MODELS];
      expect(Model, kind).toBeDefined();
      new Model(manifest as never).validate();
    },
  );

  it.each(ofKind('Deployment').map((manifest) => [manifest.metadata.name, podOf(manifest)] as const))(
    '%s runs as nobody in particular, writes nowhere but to its volumes, and has time to drain',
    (_name, pod) => {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 });
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(300);
      expect(pod.volumes.map(({ name }) => name)).toEqual(expect.arrayContaining(['tmp', 'data']));
      for (const { securityContext, readinessProbe } of pod.containers) {
        expect(securityContext).toMatchObject({
          ...{ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
          capabilities: { drop: ['ALL'] },
        });
        expect(readinessProbe.httpGet.path).toBe('/health');
      }
    },
  );

  it('a policy stands in front of every component, on the port it listens on', () => {
    const ports = new Map(
      ofKind('NetworkPolicy').map(({ metadata, spec }) => {
        const { ingress } = spec as { ingress: { ports: { port: number }[] }[] };
        return [metadata.labels?.['app.kubernetes.io/component'], ingress[0]?.ports[0]?.port] as const;
      }),
    );
    for (const deployment of ofKind('Deployment')) {
      const component = deployment.metadata.labels?.['app.kubernetes.io/component'] ?? '';
      expect(ports.get(component), component).toBe(podOf(deployment).containers[0]?.ports[0]?.containerPort);
    }
  });

  it('runners are scaled by the queues that their tasks really wait in', () => {
    const topology = new Topology('runyard');
    const names = ofKind('ScaledObject').flatMap(({ spec }) =>
      (spec as { triggers: { metadata: { queueName: string } }[] }).triggers.map(
        ({ metadata }) => metadata.queueName,
      ),
    );
    const algorithms = ['language_detection', 'text_stats', 'keywords', 'count_words'];
    expect(names).toEqual(algorithms.map((algorithm) => topology.lane({ algorithm, priority: 4 })));
  });
});
