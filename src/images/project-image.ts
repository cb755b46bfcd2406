import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Langpack, Project } from '../langpack/index.js';
import { assertPlain, renderList } from './escape.js';

/**
 * The Dockerfile of one project, upon the image of the package: packages are fetched in a layer that only changes with
 * them, then the project is built, and the image holds what was built, runs as the package's own user, and serves it.
 * @param langpack - undefined for a project that brings its own `bin/pipe`, or was built already
 */
export function renderProjectImage(project: Project, langpack: Langpack | undefined): string {
  const name = assertPlain(project.name, project.dir)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-');
  return `# docker build -t ${name} .
# RUNYARD is the image of the package: docker build -t runyard in its own folder.
ARG RUNYARD=runyard

FROM \${RUNYARD} AS build
USER root
ENV HOME=/root
${install(langpack?.manifest.toolchain?.debian)}WORKDIR /project
${fetchPackages(project, langpack)}COPY . .
RUN ["runyard", "build", ".", "--unpacked", "--output", "/built"]

FROM \${RUNYARD}
USER root
${install(langpack?.manifest.toolchain?.runtime ?? langpack?.manifest.toolchain?.debian)}USER 10001:10001
COPY --from=build /built /project
ENV RUNYARD_RUNNER_HOST=0.0.0.0 RUNYARD_RUNNER_PORT=5000 RUNYARD_HEALTH_URL=http://127.0.0.1:5000/health
EXPOSE 5000
CMD ["runner", "/project"]
`;
}

/** What stays out of the image, whatever the folder holds: as `<Dockerfile>.dockerignore`. */
export function renderIgnoreFile(langpack: Langpack | undefined): string {
  const left = ['.git', '.runyard', 'node_modules', '.venv', 'venv', '**/__pycache__', 'algorithm.zip'];
  return [...left, ...(langpack?.manifest.ignore ?? [])].join('\n') + '\n';
}

function install(packages: readonly string[] = []): string {
  if (packages.length === 0) return '';
  return `RUN apt-get update \\
 && apt-get install --yes --no-install-recommends ${packages.join(' ')} \\
 && rm -rf /var/lib/apt/lists/*
`;
}

function fetchPackages({ dir }: Project, langpack: Langpack | undefined): string {
  const { dependencies = [], fetch } = langpack?.manifest ?? {};
  const there = dependencies.filter((name) => existsSync(join(dir, name)));
  if (fetch === undefined || there.length === 0) return '';
  return `# Packages come before the code: this layer changes only with them.
COPY ${renderList([...there, './'])}
RUN ${renderList(['/bin/sh', '-ec', fetch])}
`;
}
