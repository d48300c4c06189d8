// Jest loads this file itself, before its transforms and name mappings are there; the work is in TypeScript.
import './register-typescript.mjs';

/** Starts one Postgres for the whole run and makes the template database. */
export default async function globalSetup() {
  const { startTestServer } = await import('./test-server.ts');
  globalThis.atelierTestServer = await startTestServer();
}
