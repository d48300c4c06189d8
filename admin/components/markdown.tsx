import DOMPurify from 'dompurify';
import hljs from 'highlight.js/lib/common';
import { Marked } from 'marked';
import React, { useEffect, useMemo, useRef } from 'react';

/** Markup that only shapes text. */
const SHAPES = /^(?:br|hr|b|i|em|strong|sub|sup|kbd|code|p|div|ul|ol|li|details|summary)$/i;

const marked = new Marked({
  gfm: true,
  breaks: false,
  renderer: {
    /** Any other markup in a document is shown as it stands: what is hidden in a document shall be seen. */
    html({ text, block }) {
      const tags = [...text.matchAll(/<\/?([a-z][\w-]*)\s*\/?>/gi)];
      const harmless =
        tags.every(([, name]) => SHAPES.test(name ?? '')) &&
        !text.replace(/<\/?[a-z][\w-]*\s*\/?>/gi, '').includes('<');
      if (harmless) return text;
      const shown = text.trim().replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
      return block ? `<pre><code>${shown}</code></pre>` : shown;
    },
  },
});

/** Mermaid's script, fetched once and only by pages that have a diagram. */
let mermaid: Promise<Mermaid> | undefined;

interface Mermaid {
  initialize(options: Record<string, unknown>): void;
  render(id: string, text: string): Promise<{ svg: string }>;
}

declare global {
  interface Window {
    mermaid?: Mermaid;
  }
}

function loadMermaid(): Promise<Mermaid> {
  mermaid ??= new Promise<Mermaid>((resolve, reject) => {
    const script = document.createElement('script');
    script.src = '/admin/assets/mermaid.js';
    script.addEventListener('load', () => {
      if (!window.mermaid) return reject(new Error('Mermaid did not load.'));
      window.mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: 'neutral' });
      resolve(window.mermaid);
    });
    script.addEventListener('error', () => reject(new Error('Mermaid cannot be fetched.')));
    document.head.append(script);
  });
  return mermaid;
}

/** HTML that is safe to show: no script, no form, no style, no picture or frame from elsewhere. */
function clean(html: string): string {
  return DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: [
      'style',
      'form',
      'input',
      'button',
      'textarea',
      'select',
      'iframe',
      'video',
      'audio',
      'img',
    ],
    FORBID_ATTR: ['style', 'id', 'name'],
  });
}

/** Where a block of a document begins and ends, in lines from 1. */
export interface DocBlock {
  html: string;
  from: number;
  to: number;
}

/** A document's blocks as safe HTML, each with the lines it stands on, so that comments can be tied to lines. */
export function blocksOf(text: string): DocBlock[] {
  const blocks: DocBlock[] = [];
  let line = 1;
  for (const token of marked.lexer(text)) {
    const lines = token.raw.split('\n').length - 1;
    const inner = token.raw.replace(/\n+$/, '').split('\n').length;
    if (token.type !== 'space')
      blocks.push({ html: clean(marked.parser([token])), from: line, to: line + inner - 1 });
    line += lines;
  }
  return blocks;
}

/** Highlights code and draws diagrams in a rendered document. A diagram that cannot be drawn stays as its text. */
export function decorate(root: HTMLElement): () => void {
  let gone = false;
  for (const code of root.querySelectorAll<HTMLElement>('pre > code')) {
    const language = /language-([\w-]+)/.exec(code.className)?.[1];
    const pre = code.parentElement;
    // What scrolls must be reachable by keyboard.
    if (pre) pre.tabIndex = 0;
    if (language === 'mermaid' && pre) void draw(code, pre);
    else if (
      language !== undefined &&
      hljs.getLanguage(language) &&
      code.dataset['highlighted'] === undefined
    )
      hljs.highlightElement(code);
  }
  async function draw(code: HTMLElement, pre: HTMLElement): Promise<void> {
    const source = code.textContent ?? '';
    try {
      const { svg } = await (await loadMermaid()).render(`at-diagram-${crypto.randomUUID()}`, source);
      if (gone) return;
      const figure = document.createElement('figure');
      figure.className = 'at-diagram';
      figure.setAttribute('role', 'img');
      figure.setAttribute('aria-label', 'Diagram');
      // Its labels are HTML inside the picture, which the strict level has cleaned.
      figure.innerHTML = DOMPurify.sanitize(svg, {
        USE_PROFILES: { svg: true, svgFilters: true, html: true },
        ADD_TAGS: ['foreignObject', 'style'],
        HTML_INTEGRATION_POINTS: { foreignobject: true },
      });
      pre.replaceWith(figure);
    } catch {
      if (!gone) pre.classList.add('at-broken');
    }
  }
  return () => {
    gone = true;
  };
}

/** Markdown from outside, rendered: tables, highlighted code, diagrams. What could act is left out. */
export function Markdown({ text }: { text: string }): React.JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  const html = useMemo(() => clean(marked.parse(text, { async: false })), [text]);
  useEffect(() => (ref.current ? decorate(ref.current) : undefined), [html]);
  return <div ref={ref} className="at-doc" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** Code with its lines numbered. @param path tells the language by its ending */
export function Code({ text, path = '' }: { text: string; path?: string }): React.JSX.Element {
  const html = useMemo(() => {
    const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
    const language =
      { mjs: 'javascript', cjs: 'javascript', tsx: 'typescript', yml: 'yaml', sh: 'bash' }[ending] ?? ending;
    // Beyond this, colours cost more than they tell.
    if (text.length > 200_000 || !hljs.getLanguage(language)) return null;
    return clean(hljs.highlight(text, { language }).value);
  }, [text, path]);
  const lines = text.replace(/\n$/, '').split('\n').length;
  return (
    <div className="at-code" tabIndex={0} role="region" aria-label={path === '' ? 'Code' : path}>
      <pre aria-hidden="true" className="at-lines">
        {Array.from({ length: lines }, (_, at) => at + 1).join('\n')}
      </pre>
      {html === null ? <pre>{text}</pre> : <pre dangerouslySetInnerHTML={{ __html: html }} />}
    </div>
  );
}
