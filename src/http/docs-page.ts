import { createHash } from 'node:crypto';
import { phraseOf, type OpenApiDocument, type Operation } from './openapi.js';

const CSS = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--get:#1a7f37;--post:#0969da;--put:#9a6700;--patch:#9a6700;--delete:#cf222e}
body{font:15px/1.55 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:2rem 1.25rem}
h1{margin:0 0 .25rem}h2{margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line)}
nav a{margin-right:1rem}a{color:inherit}code,pre{font:13px/1.5 ui-monospace,monospace}
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0}
summary{cursor:pointer;padding:.5rem .75rem;display:flex;gap:.75rem;align-items:baseline;flex-wrap:wrap}
summary span:last-child{opacity:.75}details>div{padding:0 .75rem .75rem}
.m{font:700 12px ui-monospace,monospace;color:#fff;border-radius:4px;padding:.1rem .4rem;min-width:3.5rem;text-align:center}
.get{background:var(--get)}.post{background:var(--post)}.put{background:var(--put)}.patch{background:var(--patch)}.delete{background:var(--delete)}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;border-top:1px solid var(--line);padding:.3rem .5rem}
pre{background:var(--soft);padding:.6rem;border-radius:6px;overflow-x:auto;margin:.3rem 0}h4{margin:.9rem 0 .2rem}
`;

/** Headers of the page: nothing is loaded, no script runs, and only the page's own style applies. */
export const DOCS_HEADERS: Record<string, string> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(CSS).digest('base64')}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** The document as one page of HTML without scripts. */
export function renderDocs(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(tag));
    return `<h2 id="${escape(tag)}">${escape(tag)}</h2>${own.map(renderOperation).join('')}`;
  });
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${escape(name)}"><summary><code>${escape(name)}</code></summary><div>${json(schema)}</div></details>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(document.info.title)} API</title><style>${CSS}</style></head><body>
<h1>${escape(document.info.title)} API</h1><p>${prose(document.info.description)}</p>
<nav>${tags.map((tag) => `<a href="#${escape(tag)}">${escape(tag)}</a>`).join('')}<a href="#schemas">Schemas</a>
<a href="/openapi.json">openapi.json</a></nav>
${sections.join('')}<h2 id="schemas">Schemas</h2>${schemas.join('')}</body></html>`;
}

function renderOperation(entry: { path: string; method: string; operation: Operation }): string {
  const { path, method, operation } = entry;
  const content = operation.requestBody?.content ?? {};
  const body = content['application/json'];
  const files = Object.keys(content).filter((mediaType) => mediaType !== 'application/json');
  return `<details id="${escape(operation.operationId)}"><summary><span class="m ${escape(method)}">${escape(method.toUpperCase())}</span>
<code>${escape(path)}</code><span>${escape(operation.summary)}</span></summary><div>
${operation.description
  .split('\n\n')
  .map((text) => `<p>${prose(text)}</p>`)
  .join('')}
${operation.parameters.length > 0 ? renderParameters(operation.parameters) : ''}
${body === undefined ? '' : `<h4>Body</h4>${schemaOf(body)}`}
${files.length === 0 ? '' : `<h4>Body</h4><p>A file, as ${files.map((one) => `<code>${escape(one)}</code>`).join(', ')}.</p>`}
<h4>Answers</h4>${Object.entries(operation.responses).map(renderResponse).join('')}</div></details>`;
}

function renderParameters(parameters: Operation['parameters']): string {
  const rows = parameters.map(
    ({ name, in: where, required, description, schema }) =>
      `<tr><td><code>${escape(name)}</code></td><td>${escape(where)}${required ? ', required' : ''}</td>
<td>${prose(description ?? '')}</td><td><code>${escape(JSON.stringify(schema))}</code></td></tr>`,
  );
  return `<h4>Parameters</h4><table><tr><th>Name</th><th>In</th><th>Meaning</th><th>Form</th></tr>${rows.join('')}</table>`;
}

function renderResponse([status, response]: [string, Operation['responses'][string]]): string {
  const content = Object.entries(response.content ?? {}).map(
    ([mediaType, media]) => `<code>${escape(mediaType)}</code>${schemaOf(media)}`,
  );
  const phrase = status === 'default' ? '' : phraseOf(status);
  return `<p><strong>${escape(status)}</strong> ${escape(phrase)}: ${prose(response.description)}</p>${content.join('')}`;
}

/** A schema: a link when it has a name, else its JSON. */
function schemaOf(media: unknown): string {
  const schema: unknown =
    typeof media === 'object' && media !== null && 'schema' in media ? media.schema : {};
  const text = JSON.stringify(schema);
  if (text === '{}') return '';
  const name = /^\{"\$ref":"#\/components\/schemas\/(\w+)"\}$/.exec(text)?.[1];
  return name === undefined ? json(schema) : ` <a href="#schema-${name}">${name}</a>`;
}

const json = (value: unknown): string => `<pre>${escape(JSON.stringify(value, null, 2))}</pre>`;

/** Text with `code` marked. */
const prose = (text: string): string => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
