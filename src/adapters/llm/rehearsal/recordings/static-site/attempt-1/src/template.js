import { BuildError } from './errors.js';
import { escapeHtml } from './escape.js';

const TAG = /\{\{\{\s*([\w.]+)\s*\}\}\}|\{\{\s*(?:(#each|#if)\s+([\w.]+)|\/(each|if)|([\w.]+))\s*\}\}/g;

/**
 * Translates a layout into a function. Values that a layout may use are passed as an object.
 *
 * @param {string} text
 * @param {string} name of the layout's file, for messages
 * @returns {(values: object) => string}
 * @throws {BuildError} for a block that is not closed; the function throws one for a name without a value
 */
export function compile(text, name) {
  /** @type {{ kind: string, path?: string, parts: object[] }[]} */
  const open = [{ kind: 'root', parts: [] }];
  let end = 0;
  for (const match of text.matchAll(TAG)) {
    const [whole, raw, opening, subject, closing, path] = match;
    const { parts } = open.at(-1);
    parts.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + whole.length;
    if (raw !== undefined) parts.push({ kind: 'raw', path: raw });
    else if (path !== undefined) parts.push({ kind: 'value', path });
    else if (opening !== undefined) {
      const block = { kind: opening.slice(1), path: subject, parts: [] };
      parts.push(block);
      open.push(block);
    } else if (open.pop().kind !== closing) {
      throw new BuildError(name, `{{/${closing}}} closes nothing`);
    }
  }
  open.at(-1).parts.push({ kind: 'text', text: text.slice(end) });
  if (open.length > 1)
    throw new BuildError(name, `{{#${open.at(-1).kind} ${open.at(-1).path}}} is not closed`);
  return (values) => render(open[0].parts, [values], name);
}

/** Scopes are searched from the innermost outwards. */
function render(parts, scopes, name) {
  let html = '';
  for (const part of parts) {
    if (part.kind === 'text') {
      html += part.text;
      continue;
    }
    const value = lookup(part.path, scopes, name);
    if (part.kind === 'raw') html += String(value);
    else if (part.kind === 'value') html += escapeHtml(String(value));
    else if (part.kind === 'each') {
      if (!Array.isArray(value)) throw new BuildError(name, `${part.path} is not a list`);
      for (const item of value) html += render(part.parts, [item, ...scopes], name);
    } else if (Array.isArray(value) ? value.length > 0 : Boolean(value)) {
      html += render(part.parts, scopes, name);
    }
  }
  return html;
}

function lookup(path, scopes, name) {
  const [first, ...rest] = path.split('.');
  const scope = scopes.find((candidate) => Object.hasOwn(candidate, first));
  let value = scope?.[first];
  for (const key of rest) {
    value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  if (value === undefined) throw new BuildError(name, `${path} is not a name that this layout can use`);
  return value;
}
