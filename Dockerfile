# For production name the base by its digest: --build-arg BASE=node:26-bookworm-slim@sha256:…
ARG BASE=node:26-bookworm-slim

# The page: needs the development packages, none of which reaches the image.
FROM ${BASE} AS page
WORKDIR /pertonne
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY agent agent
RUN node node_modules/vite/bin/vite.js build agent/page

# The packages: sqlite3 alone needs its install script, and a compiler where it finds no ready-made binary.
FROM ${BASE} AS packages
RUN apt-get update && apt-get install -y --no-install-recommends g++ make python3
WORKDIR /pertonne
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm rebuild sqlite3

FROM ${BASE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Pertonne" \
      org.opencontainers.image.description="Edge agent for metal plants: per-tonne energy, water and AC power consumption" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# A library of node-opcua asks for the home of a user that has none.
ENV NODE_ENV=production HOME=/data
WORKDIR /pertonne
COPY --from=packages /pertonne/node_modules node_modules
COPY package.json LICENSE ./
COPY rules rules
COPY drivers drivers
COPY config config
COPY agent agent
COPY --from=page /pertonne/agent/page/dist agent/page/dist
# One user without a name or a home, one folder that it may write to, and nothing that would give it more rights.
RUN ln -s /pertonne/agent/main.ts /usr/local/bin/pertonne \
 && install -d -o 10001 -g 10001 -m 0700 /data \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
USER 10001:10001
VOLUME /data
# The agent listens to its own machine only: run it with --network host, and the page is at http://localhost:8080.
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["pertonne"]
CMD ["demo", "--data", "/data"]
