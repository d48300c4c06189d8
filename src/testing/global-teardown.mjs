/** Drops what the run left behind and stops the server that the global setup started. */
export default async function globalTeardown() {
  await globalThis.atelierTestServer?.stop();
}
