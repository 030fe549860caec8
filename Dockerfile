# For production pin the base by its digest, which `docker buildx imagetools inspect node:26-bookworm-slim` tells:
# --build-arg BASE_DIGEST=sha256:…
ARG BASE=node:26-bookworm-slim
ARG BASE_DIGEST=

# The page: needs the development packages, none of which reaches the image.
FROM ${BASE}${BASE_DIGEST:+@${BASE_DIGEST}} AS page
WORKDIR /pertonne
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY agent agent
RUN node node_modules/vite/bin/vite.js build agent/page

# The packages. sqlite3 alone needs its install script, and is compiled: for what it would download no lock file vouches.
FROM ${BASE}${BASE_DIGEST:+@${BASE_DIGEST}} AS packages
RUN apt-get update && apt-get install -y --no-install-recommends g++ make python3
WORKDIR /pertonne
COPY package.json package-lock.json .npmrc ./
# The base has Node's headers: compiling needs no other host than the registries. Of sqlite3 only the binary is kept.
RUN npm ci --omit=dev --ignore-scripts \
 && npm_config_nodedir=/usr/local npm_config_jobs=max PYTHONDONTWRITEBYTECODE=1 npm rebuild sqlite3 --build-from-source \
 && mv node_modules/sqlite3/build/Release/node_sqlite3.node . \
 && rm -r node_modules/sqlite3/build node_modules/sqlite3/deps \
 && install -D node_sqlite3.node node_modules/sqlite3/build/Release/node_sqlite3.node \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM ${BASE}${BASE_DIGEST:+@${BASE_DIGEST}}
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="Pertonne" \
      org.opencontainers.image.description="Edge agent for metal plants: per-tonne energy, water and AC power consumption" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# A library of node-opcua asks for the home of a user that has none; SQLite puts what a large statement spills into a file.
ENV NODE_ENV=production HOME=/data SQLITE_TMPDIR=/data
WORKDIR /pertonne
COPY --from=packages /pertonne/node_modules node_modules
COPY package.json LICENSE ./
COPY rules rules
COPY drivers drivers
COPY config config
COPY agent agent
COPY --from=page /pertonne/agent/page/dist agent/page/dist
# One user without a name or a home, one folder that it may write to, and nothing that would give it more rights or more programs.
RUN ln -s /pertonne/agent/main.ts /usr/local/bin/pertonne \
 && install -d -o 10001 -g 10001 -m 0700 /data \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
USER 10001:10001
VOLUME /data
# The agent listens to its own machine only: run it with --network host, and the page is at http://localhost:8080.
EXPOSE 8080
# Where the agent listens stands in its data folder, whatever its plant file says.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["node", "/pertonne/agent/healthcheck.ts", "/data"]
ENTRYPOINT ["pertonne"]
# The plant of /etc/pertonne/plant.yaml where that is mounted; else the demo.
CMD ["start", "--data", "/data"]
