/**
 * What the global setup tells the test workers, which are other processes and share only the environment.
 * The one place in the tests that touches `process.env` for it.
 */
export interface TestServerFacts {
  /** A database from which others may be created and dropped. */
  adminUrl: string;
  /** The migrated database that test databases are copies of. */
  template: string;
}

const ADMIN_URL = 'ATELIER_TEST_ADMIN_URL';
const TEMPLATE = 'ATELIER_TEST_TEMPLATE';

/** Hands the facts to every process started from now on. */
export function announceTestServer({ adminUrl, template }: TestServerFacts): void {
  process.env[ADMIN_URL] = adminUrl;
  process.env[TEMPLATE] = template;
}

/**
 * The facts, in a test worker.
 * @throws Error when jest's global setup did not run
 */
export function testServerFacts(): TestServerFacts {
  const adminUrl = process.env[ADMIN_URL];
  const template = process.env[TEMPLATE];
  if (!adminUrl || !template)
    throw new Error('There is no test server: run jest with globalSetup src/testing/global-setup.mjs.');
  return { adminUrl, template };
}

/** The environment of this process with some variables changed, for a process to be started. */
export function environmentWith(variables: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...variables };
}

/** A server to test against instead of an embedded one; its role must be allowed to create databases. */
export function givenTestServer(): string | undefined {
  return process.env['TEST_DATABASE_URL'] || undefined;
}
