import { escapeHtml } from './html.js';

/** A page on its own, for when the panel itself is not to be shown. It needs no script. */
export function standalonePage(title: string, body: string, base: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Atelier</title>
<link rel="icon" type="image/svg+xml" href="${base}/assets/favicon.svg">
<link rel="stylesheet" href="${base}/assets/panel.css">
</head>
<body class="at at-alone">
<main class="at-alone-card">
<div class="at-brand"><img src="${base}/assets/favicon.svg" alt="" width="28" height="28"><span>Atelier</span></div>
${body}
</main>
</body>
</html>
`;
}

/** Says what is wrong and where to go on. */
export function errorPage(title: string, text: string, base: string): string {
  return standalonePage(
    title,
    `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p><p><a class="at-button" href="${base}">To the home page</a></p>`,
    base,
  );
}
