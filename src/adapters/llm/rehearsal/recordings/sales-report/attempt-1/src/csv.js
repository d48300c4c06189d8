/** The input as a whole cannot be used. */
export class InputError extends Error {}

/**
 * Parses CSV as in RFC 4180, with either kind of line end.
 * @param {string} text
 * @returns {{ line: number, fields: string[] }[]} without blank lines; `line` is where the record begins
 * @throws {InputError} if the quoting is malformed
 */
export function parseCsv(text) {
  const records = [];
  // Excel puts a byte order mark in front, which would become part of the first column's name.
  let pos = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;

  while (pos < text.length) {
    const start = line;
    const fields = [];
    let more = true;
    while (more) {
      const field = text[pos] === '"' ? readQuoted(text, pos, line) : readPlain(text, pos);
      fields.push(field.value);
      line += field.value.split('\n').length - 1;
      more = text[field.end] === ',';
      pos = field.end + (more ? 1 : lineEndLength(text, field.end));
    }
    line += 1;
    if (fields.length > 1 || fields[0].trim() !== '') records.push({ line: start, fields });
  }
  return records;
}

function readPlain(text, start) {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n') end += 1;
  // The carriage return of a Windows line end belongs to the line end, not to the field.
  if (text[end] === '\n' && end > start && text[end - 1] === '\r') end -= 1;
  return { value: text.slice(start, end), end };
}

function readQuoted(text, start, line) {
  let value = '';
  let pos = start + 1;
  for (;;) {
    const quote = text.indexOf('"', pos);
    if (quote === -1) throw new InputError(`line ${line}: a quote is opened and not closed`);
    value += text.slice(pos, quote);
    if (text[quote + 1] !== '"') {
      pos = quote + 1;
      break;
    }
    value += '"';
    pos = quote + 2;
  }
  if (pos < text.length && text[pos] !== ',' && lineEndLength(text, pos) === 0) {
    throw new InputError(`line ${line}: text follows a closed quote`);
  }
  return { value, end: pos };
}

function lineEndLength(text, pos) {
  if (text[pos] === '\n') return 1;
  return text[pos] === '\r' && text[pos + 1] === '\n' ? 2 : 0;
}
