const HASH = /^[0-9a-f]{64}$/;

/** A file or document that a state refers to by its content. */
export interface Reference {
  path: string;
  sha256: string;
}

/** Every `{path, sha256}` in a graph's state, however deep, each once: what the state was made of. */
export function referencesIn(value: unknown): Reference[] {
  const found = new Map<string, Reference>();
  collect(value, found);
  return [...found.values()];
}

function collect(value: unknown, found: Map<string, Reference>): void {
  if (typeof value !== 'object' || value === null) return;
  if ('path' in value && 'sha256' in value) {
    const { path, sha256 } = value;
    if (typeof path === 'string' && typeof sha256 === 'string' && HASH.test(sha256))
      found.set(`${path}\n${sha256}`, { path, sha256 });
  }
  for (const part of Object.values(value)) collect(part, found);
}
