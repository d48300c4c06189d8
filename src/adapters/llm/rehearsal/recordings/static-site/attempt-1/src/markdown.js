import { escapeHtml } from './escape.js';

const FENCE = /^```\s*([\w+-]*)\s*$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^(?:-{3,}|\*{3,}|_{3,})\s*$/;
const QUOTE = /^>\s?(.*)$/;
/** Quotes within quotes beyond this depth stay text, so that a line of a thousand marks cannot exhaust the stack. */
const MAX_QUOTE_DEPTH = 8;
const BULLET = /^[-*+]\s+(.*)$/;
const NUMBER = /^\d{1,9}[.)]\s+(.*)$/;

/** One alternative per inline element, in order of precedence: what is escaped or code is not looked into. */
const INLINE = new RegExp(
  [
    String.raw`\\(?<escaped>[\\\`*_{}\[\]()#+\-.!>])`,
    '(?<!`)(?<ticks>`+)(?!`)(?<code>.+?)(?<!`)\\k<ticks>(?!`)',
    String.raw`!\[(?<alt>[^\]]*)\]\((?<src>[^()\s]+)\)`,
    String.raw`\[(?<label>[^\]]+)\]\((?<href>[^()\s]+)\)`,
    String.raw`\*\*(?<strong>\S(?:.*?\S)?)\*\*(?!\*)`,
    String.raw`\*(?<em>[^\s*](?:[^*]*[^\s*])?)\*`,
  ].join('|'),
  'gs',
);

/**
 * Translates the supported subset of Markdown. HTML in the text is shown, not obeyed.
 *
 * @param {string} text
 * @returns {string} blocks, separated by newlines
 */
export function markdownToHtml(text) {
  return blocks(text.split(/\r?\n/)).join('\n');
}

function blocks(lines, depth = 0) {
  const html = [];
  let at = 0;
  /** Consumes lines as long as they match and gives the first group of each. */
  const takeWhile = (pattern) => {
    const taken = [];
    for (let match; at < lines.length && (match = pattern.exec(lines[at])) !== null; at += 1)
      taken.push(match[1]);
    return taken;
  };

  while (at < lines.length) {
    const line = lines[at];
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (line.trim() === '') {
      at += 1;
    } else if (fence !== null) {
      const end = lines.findIndex((other, index) => index > at && /^```\s*$/.test(other));
      // A fence that is never closed reaches to the end: better too much code than half a post of lost markup.
      const code = lines.slice(at + 1, end === -1 ? lines.length : end);
      html.push(codeBlock(code, fence[1]));
      at += code.length + 2;
    } else if (heading !== null) {
      const level = heading[1].length;
      html.push(`<h${level}>${inline(heading[2])}</h${level}>`);
      at += 1;
    } else if (RULE.test(line)) {
      html.push('<hr>');
      at += 1;
    } else if (QUOTE.test(line) && depth < MAX_QUOTE_DEPTH) {
      html.push(`<blockquote>\n${blocks(takeWhile(QUOTE), depth + 1).join('\n')}\n</blockquote>`);
    } else if (BULLET.test(line)) {
      html.push(list('ul', takeWhile(BULLET)));
    } else if (NUMBER.test(line)) {
      html.push(list('ol', takeWhile(NUMBER)));
    } else {
      const start = at;
      do at += 1;
      while (at < lines.length && continuesParagraph(lines[at]));
      html.push(`<p>${inline(lines.slice(start, at).join('\n').trim())}</p>`);
    }
  }
  return html;
}

function continuesParagraph(line) {
  return (
    line.trim() !== '' && ![FENCE, HEADING, RULE, QUOTE, BULLET, NUMBER].some((pattern) => pattern.test(line))
  );
}

function codeBlock(lines, language) {
  const attribute = language === '' ? '' : ` class="language-${escapeHtml(language)}"`;
  return `<pre><code${attribute}>${escapeHtml(lines.map((line) => `${line}\n`).join(''))}</code></pre>`;
}

function list(element, items) {
  return [`<${element}>`, ...items.map((item) => `<li>${inline(item)}</li>`), `</${element}>`].join('\n');
}

function inline(text) {
  let html = '';
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    html += escapeHtml(text.slice(end, match.index)) + element(match);
    end = match.index + match[0].length;
  }
  return html + escapeHtml(text.slice(end));
}

function element(match) {
  const { escaped, code, alt, src, label, href, strong, em } = match.groups;
  if (escaped !== undefined) return escapeHtml(escaped);
  if (code !== undefined) return `<code>${escapeHtml(code.trim())}</code>`;
  if (strong !== undefined) return `<strong>${inline(strong)}</strong>`;
  if (em !== undefined) return `<em>${inline(em)}</em>`;
  if (!isSafeAddress(src ?? href)) return escapeHtml(match[0]);
  if (src !== undefined) return `<img src="${escapeHtml(src)}" alt="${escapeHtml(alt)}">`;
  return `<a href="${escapeHtml(href)}">${inline(label)}</a>`;
}

/** Relative addresses and the schemes on the list; "javascript:" and "data:" could run code. */
function isSafeAddress(address) {
  // Everything up to the colon has to be on the list: browsers ignore control characters within "java\0script:".
  const scheme = /^([^/?#]*?):/.exec(address)?.[1];
  return scheme === undefined || ['http', 'https', 'mailto'].includes(scheme.toLowerCase());
}
