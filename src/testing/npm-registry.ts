import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { tarOf, type TestFiles } from './archives.js';

/** A package of the test's own: its files without the folder they are packed in. */
export interface TestPackage {
  version: string;
  files: TestFiles;
}

/** A registry on a free port of this machine. */
export interface TestRegistry {
  url: string;
  /** What was asked of it, as `GET /name`. */
  asked: string[];
  /** The headers of the last request. */
  headers(): Record<string, unknown>;
  /** Address and integrity of a package's archive, as a lock file names them. */
  archive(name: string): { resolved: string; integrity: string };
  close(): Promise<void>;
}

/** npm takes the first folder of each path off, which must not be `.`. */
const NO_DOT = ['--transform=s,^[.]/,,'];

/** Serves packages as npm's registry does: their metadata and their archives. */
export async function startTestRegistry(
  packages: Readonly<Record<string, TestPackage>>,
): Promise<TestRegistry> {
  const archives = new Map<string, Buffer>();
  for (const [name, { version, files }] of Object.entries(packages)) {
    const manifest = { 'package.json': JSON.stringify({ name, version, ...scripts(files) }), ...files };
    const packed = Object.fromEntries(
      Object.entries(manifest).map(([path, file]) => [`package/${path}`, file]),
    );
    archives.set(`/${name}/-/${name}-${version}.tgz`, gzipSync(await tarOf(packed, NO_DOT)));
  }
  const asked: string[] = [];
  let last: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(`${request.method} ${path}`);
    last = request.headers;
    const archive = archives.get(path);
    const found = packages[path.slice(1)];
    if (archive) return response.end(archive);
    if (!found) return response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    const name = path.slice(1);
    const { version, files } = found;
    const dist = { tarball: `${url}/${name}/-/${name}-${version}.tgz`, integrity: integrityOf(name) };
    const hasInstallScript = Object.keys(scripts(files)).length > 0;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [version]: { name, version, dist, hasInstallScript, ...scripts(files) } },
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pathOf = (name: string): string => `/${name}/-/${name}-${packages[name]?.version}.tgz`;
  const integrityOf = (name: string): string =>
    `sha512-${createHash('sha512')
      .update(archives.get(pathOf(name)) ?? '')
      .digest('base64')}`;
  return {
    url,
    asked,
    headers: () => last,
    archive: (name) => ({ resolved: `${url}${pathOf(name)}`, integrity: integrityOf(name) }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A package with an `install.js` wants it run after its installation. */
function scripts(files: TestFiles): { scripts?: Record<string, string> } {
  return 'install.js' in files ? { scripts: { postinstall: 'node install.js' } } : {};
}
