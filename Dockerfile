# syntax=docker/dockerfile:1
# One image for every role: `node dist/scripts/start.js [all|api|worker]`. See docs/operations.md.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
# bubblewrap is the sandbox for code that models write; what the host must allow for it is in docs/operations.md.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /data
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/bin ./bin
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/evals ./evals
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 ATELIER_DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 3000
# Ready is when database and queue answer. A worker serves no address: switch this off for it, as compose does.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/scripts/start.js"]
