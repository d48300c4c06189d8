/** What the map tells of a file without showing it. Small, as thousands of them are kept in one manifest. */
export interface FileFacts {
  /** `binary` and `lock` files are named, never shown; `built` ones are counted by folder. */
  kind: 'text' | 'binary' | 'lock' | 'built';
  language?: string;
  lines?: number;
  /** Names it exports or defines, in order. */
  names?: string[];
}

/** Texts beyond this are data, whatever their name: their names are not looked for. */
const MAX_SCAN = 400_000;
const MAX_NAMES = 40;
const MAX_NAME = 60;

const LANGUAGES: Readonly<Record<string, string>> = {
  js: 'JavaScript',
  mjs: 'JavaScript',
  cjs: 'JavaScript',
  jsx: 'JavaScript',
  ts: 'TypeScript',
  mts: 'TypeScript',
  cts: 'TypeScript',
  tsx: 'TypeScript',
  vue: 'Vue',
  svelte: 'Svelte',
  py: 'Python',
  go: 'Go',
  rs: 'Rust',
  java: 'Java',
  kt: 'Kotlin',
  kts: 'Kotlin',
  scala: 'Scala',
  cs: 'C#',
  swift: 'Swift',
  rb: 'Ruby',
  php: 'PHP',
  c: 'C',
  h: 'C',
  cc: 'C++',
  cpp: 'C++',
  hpp: 'C++',
  sh: 'Shell',
  bash: 'Shell',
  sql: 'SQL',
  html: 'HTML',
  css: 'CSS',
  scss: 'CSS',
  md: 'Markdown',
  json: 'JSON',
  yml: 'YAML',
  yaml: 'YAML',
  toml: 'TOML',
};

const JS = [
  /^export\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|const|let|var|interface|type|enum|namespace)\s+([\w$]+)/gm,
  /^(?:module\.)?exports\.([\w$]+)\s*=/gm,
  /^(?:async\s+)?(?:function\*?|class)\s+([\w$]+)/gm,
];
const JS_LISTS = [/^export\s*\{([^}]{1,2000})\}/gm, /^module\.exports\s*=\s*\{([^}]{1,2000})\}/gm];
const BRACES = [
  /^[ \t]*(?:(?:public|private|protected|internal|static|final|abstract|sealed|data|open|export|partial|case)[ \t]+)*(?:class|interface|enum|record|object|struct|protocol|trait|fun|func|function)[ \t]+(\w+)/gm,
];

/** Where a language names things. Rules of thumb: a name missed costs a look, a parser would cost a dependency. */
const PATTERNS: Readonly<Record<string, readonly RegExp[]>> = {
  JavaScript: JS,
  TypeScript: JS,
  Python: [/^(?:async[ \t]+)?def[ \t]+(\w+)/gm, /^class[ \t]+(\w+)/gm],
  Go: [/^func[ \t]+(?:\([^)\n]{0,80}\)[ \t]*)?(\w+)/gm, /^type[ \t]+(\w+)/gm],
  Rust: [
    /^[ \t]*pub(?:\([^)\n]{0,40}\))?[ \t]+(?:(?:async|unsafe|const)[ \t]+)*(?:fn|struct|enum|trait|mod|type|static)[ \t]+(\w+)/gm,
  ],
  Java: BRACES,
  Kotlin: BRACES,
  Scala: BRACES,
  'C#': BRACES,
  Swift: BRACES,
  PHP: BRACES,
  Ruby: [/^[ \t]*(?:class|module|def)[ \t]+([\w.:?!]+)/gm],
  C: [/^(?:struct|enum|union)[ \t]+(\w+)/gm, /^[A-Za-z_][\w*]{0,40}[ \t]+\**(\w+)\([^;{}\n]{0,200}\)/gm],
  'C++': [
    /^(?:struct|enum|class)[ \t]+(\w+)/gm,
    /^[A-Za-z_][\w*:]{0,40}[ \t]+[*&]*([\w:]+)\([^;{}\n]{0,200}\)/gm,
  ],
  Shell: [/^(?:function[ \t]+)?([\w-]+)[ \t]*\(\)/gm],
  SQL: [
    /^create[ \t]+(?:or[ \t]+replace[ \t]+)?(?:table|view|function|type|index)[ \t]+(?:if not exists[ \t]+)?([\w."]+)/gim,
  ],
};

const LOCK =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|poetry\.lock|uv\.lock|Pipfile\.lock|Cargo\.lock|go\.sum|Gemfile\.lock|composer\.lock)$/;
const BUILT =
  /(^|\/)(dist|build|out|target|coverage|vendor|__pycache__|\.next|\.nuxt|\.venv|venv|\.tox|\.gradle|\.idea|\.vscode)\/|\.min\.(js|css)$|\.map$/;

/** Whether bytes are text: valid UTF-8 without NUL. */
export function isText(content: Buffer): boolean {
  if (content.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
}

/** Looks at a file once. The same path and content always give the same facts. */
export function factsOf(path: string, content: Buffer): FileFacts {
  if (!isText(content)) return { kind: 'binary' };
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const language = Object.hasOwn(LANGUAGES, extension) ? LANGUAGES[extension] : undefined;
  const text = content.toString('utf8');
  const lines = text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  const told = { ...(language && { language }), lines };
  if (LOCK.test(path)) return { kind: 'lock', ...told };
  if (BUILT.test(path)) return { kind: 'built', ...told };
  const names = text.length > MAX_SCAN ? [] : namesIn(language, text);
  return { kind: 'text', ...told, ...(names.length > 0 && { names }) };
}

function namesIn(language: string | undefined, text: string): string[] {
  const found = new Map<string, number>();
  const note = (name: string | undefined, at: number) => {
    if (name && name.length <= MAX_NAME && !found.has(name)) found.set(name, at);
  };
  for (const pattern of PATTERNS[language ?? ''] ?? [])
    for (const match of text.matchAll(pattern)) note(match[1], match.index);
  if (language === 'JavaScript' || language === 'TypeScript')
    for (const pattern of JS_LISTS)
      for (const match of text.matchAll(pattern))
        for (const part of (match[1] ?? '').split(','))
          note(/(?:\bas\s+)?([\w$]+)\s*(?::[^,]*)?$/.exec(part.trim())?.[1], match.index);
  return [...found]
    .toSorted(([, a], [, b]) => a - b)
    .slice(0, MAX_NAMES)
    .map(([name]) => name);
}
