import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../src/core/config.js';

const text = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

const service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z
    .union([z.object({ test: z.array(z.string()).min(2) }), z.object({ disable: z.literal(true) })])
    .optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  restart: z.string(),
});
const compose = z
  .object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(text('docker-compose.yml'), { merge: true }));
const names = Object.keys(compose.services);
const the = (name: string): z.infer<typeof service> => service.parse(compose.services[name]);

/** What compose makes of a value: `${A:?message}`, `${A:-standard}`. */
function interpolate(value: string, variables: Record<string, string>): string {
  return value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, kind, rest: string) => {
    const given = variables[name];
    if (given) return given;
    if (kind === '-') return rest;
    throw new Error(`${name}: ${rest}`);
  });
}

/** The instructions of the Dockerfile's stages, one list of lines per stage. */
const stages = text('Dockerfile')
  .replaceAll(/\\\n\s*/g, '')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((stage) => stage.split('\n').filter((line) => /^[A-Z]/.test(line)));
const image = stages.at(-1) ?? [];

describe('the compose file', () => {
  it('starts the API and the workers from one image, beside a Postgres with pgvector and a Redis', () => {
    expect(names.toSorted()).toEqual(['api', 'postgres', 'redis', 'worker']);
    expect(the('postgres').image).toMatch(/^pgvector\/pgvector:pg\d+$/);
    expect(the('api').image).toBe(the('worker').image);
    expect(the('api').command?.slice(-2)).toEqual(['dist/scripts/start.js', 'api']);
    expect(the('worker').command?.slice(-2)).toEqual(['dist/scripts/start.js', 'worker']);
  });

  it('gives the processes an environment that the configuration accepts, once a password is set', () => {
    for (const name of ['api', 'worker']) {
      const environment = Object.entries(the(name).environment);
      const filled = environment.map(([key, value]) => [
        key,
        interpolate(value, { POSTGRES_PASSWORD: 'p4ss' }),
      ]);
      const config = loadConfig({ NODE_ENV: 'production', ...Object.fromEntries(filled) });
      expect(config.databaseUrl).toBe('postgres://atelier:p4ss@postgres:5432/atelier');
      expect(config.redisUrl).toBe('redis://redis:6379');
      expect(config.providers).toEqual({});
    }
  });

  it('knows no password: without one in .env it refuses to start, and says which', () => {
    const password = the('postgres').environment['POSTGRES_PASSWORD'] ?? '';
    expect(() => interpolate(password, {})).toThrow('POSTGRES_PASSWORD: set it in .env');
    expect(() => interpolate(the('api').environment['DATABASE_URL'] ?? '', {})).toThrow(/POSTGRES_PASSWORD/);
  });

  it('waits for healthy services, each of which has a health check', () => {
    for (const name of names)
      for (const [needed, { condition }] of Object.entries(the(name).depends_on)) {
        expect(condition).toBe('service_healthy');
        const { healthcheck } = the(needed);
        const checked = healthcheck
          ? 'test' in healthcheck
          : image.some((line) => line.startsWith('HEALTHCHECK'));
        expect([needed, checked]).toEqual([needed, true]);
      }
    expect(Object.keys(the('worker').depends_on).toSorted()).toEqual(['api', 'postgres', 'redis']);
    expect(Object.keys(the('api').depends_on).toSorted()).toEqual(['postgres', 'redis']);
  });

  it('lets Redis write its log every second and evict nothing', () => {
    const command = the('redis').command?.join(' ');
    expect(command).toContain('--appendonly yes --appendfsync everysec');
    expect(command).toContain('--maxmemory-policy noeviction');
  });

  it('keeps data in named volumes, and the artifacts in one that API and workers share', () => {
    const mounts = (name: string) => the(name).volumes.map((volume) => volume.split(':'));
    for (const name of names)
      for (const [volume] of mounts(name)) expect(Object.keys(compose.volumes)).toContain(volume);
    expect(mounts('api')).toEqual([['data', '/data']]);
    expect(mounts('worker')).toEqual(mounts('api'));
    expect(image.join('\n')).toMatch(/ATELIER_DATA_DIR=\/data\b/);
  });

  it('opens one port, to its own machine only, and starts everything again after a reboot', () => {
    expect(names.flatMap((name) => the(name).ports)).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:.*:3000$/),
    ]);
    expect(names.filter((name) => the(name).restart !== 'unless-stopped')).toEqual([]);
  });

  it('runs generated code in bubblewrap or not at all', () => {
    expect(the('worker').environment['ATELIER_SANDBOX']).toBe('bubblewrap');
    expect(image.find((line) => line.startsWith('RUN'))).toContain('bubblewrap');
  });
});

describe('the image', () => {
  it('runs as another user than root, who owns the data folder', () => {
    const user = image.filter((line) => line.startsWith('USER ')).at(-1);
    expect(user).toBe('USER node');
    expect(image.indexOf('USER node')).toBeLessThan(image.findIndex((line) => line.startsWith('CMD ')));
    expect(image.find((line) => line.startsWith('RUN'))).toContain('install -d -o node -g node /data');
  });

  it('is healthy when the API is ready', () => {
    expect(image.find((line) => line.startsWith('HEALTHCHECK'))).toContain('/readyz');
  });

  it('holds what was built and what it needs to run, not what built it', () => {
    expect(stages).toHaveLength(2);
    expect(stages[0]?.join('\n')).toContain('npm prune --omit=dev');
    const copied = image.filter((line) => line.startsWith('COPY '));
    expect(copied.every((line) => line.startsWith('COPY --from=build '))).toBe(true);
    expect(image.join('\n')).not.toMatch(/npm (ci|install)/);
  });

  it('starts a script that the build makes', () => {
    expect(image.at(-1)).toBe('CMD ["node", "dist/scripts/start.js"]');
    expect(existsSync(new URL('../scripts/start.ts', import.meta.url))).toBe(true);
  });

  it('is not given secrets, history or local data to copy', () => {
    const ignored = text('.dockerignore').split('\n');
    for (const name of ['.git', '.env', '.atelier', 'node_modules', 'dist']) expect(ignored).toContain(name);
  });
});
