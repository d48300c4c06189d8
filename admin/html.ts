/** Text for use in HTML, in an attribute between quotes too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * Makes AdminJS's page safe to send: its state, which holds names that people chose, cannot end the script it stands
 * in; every inline script carries the nonce; nothing is fetched from another host.
 * @param html what AdminJS rendered. Its state is JSON on one line, so no text in it can look like another line.
 */
export function securePage(html: string, nonce: string): string {
  return html
    .split('\n')
    .filter((line) => !line.includes('https://fonts.googleapis.com'))
    .map((line) => (/^\s*window\.(REDUX_STATE|THEME) = /.test(line) ? line.replace(/</g, '\\u003c') : line))
    .map((line) => line.replace(/<script(?=[\s>])/g, `<script nonce="${nonce}"`))
    .join('\n');
}
