# The package, for every component: `docker build -t runyard .`, then `docker run runyard gateway --host 0.0.0.0`.
# Runners of a project build upon it: see examples/*/Dockerfile.

FROM node:20-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund \
 && node scripts/build.mjs \
 && npm pack --ignore-scripts --pack-destination /tmp \
 && npm install --global --prefix /opt/runyard --ignore-scripts --no-audit --no-fund /tmp/runyard-*.tgz

FROM node:20-bookworm-slim
# tini reaps what children of children leave behind.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 runyard \
 && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home runyard \
 && install --directory --owner 10001 --group 10001 /data
COPY --from=build /opt/runyard /opt/runyard
COPY deploy/health.mjs /opt/runyard/health.mjs
# The root file system may be read-only: state goes to /data, what is made of projects to /tmp.
ENV PATH=/opt/runyard/bin:$PATH \
    NODE_ENV=production \
    HOME=/tmp \
    RUNYARD_DATA=/data \
    RUNYARD_HEALTH_URL=http://127.0.0.1:8080/health
VOLUME ["/data", "/tmp"]
WORKDIR /data
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/opt/runyard/health.mjs"]
ENTRYPOINT ["tini", "--", "runyard"]
CMD ["--help"]
