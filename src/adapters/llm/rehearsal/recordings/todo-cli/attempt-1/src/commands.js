import { parseDue } from './dates.js';
import { UsageError } from './errors.js';
import { formatItems } from './format.js';
import {
  addItem,
  cleanPriority,
  cleanTag,
  cleanTitle,
  editItem,
  removeItems,
  selectItems,
  setDone,
} from './todos.js';

export const HELP = `Usage: todo <command> [options]

  add <title...>   [--due <date>] [--priority high|medium|low] [--tag <tag>]...
  list             [--all | --done] [--priority <p>] [--tag <tag>]... [--due overdue|today|week] [--json]
  done <id...>
  reopen <id...>
  edit <id>        [--title <text>] [--due <date>|none] [--priority <p>]
  remove <id...>

Dates: YYYY-MM-DD, today, tomorrow, +3d, +2w, or a weekday.
The list is --file <path>, else $TODO_FILE, else todo.json in the current folder.
`;

const text = { type: 'string' };
const texts = { type: 'string', multiple: true };
const flag = { type: 'boolean' };
const DUE_FILTERS = ['overdue', 'today', 'week'];

/**
 * The commands by name. `prepare` checks the arguments before the file is touched, and returns a
 * function from the list to what is printed and, if anything changed, the new list.
 */
export const commands = new Map([
  [
    'add',
    {
      options: { due: text, priority: text, tag: texts },
      prepare(words, values, today) {
        const fields = {
          title: cleanTitle(words.join(' ')),
          priority: cleanPriority(values.priority ?? 'medium'),
          due: values.due === undefined ? null : parseDue(values.due, today),
          tags: (values.tag ?? []).map(cleanTag),
        };
        return (before) => {
          const { list, item } = addItem(before, fields);
          return { list, output: `Added ${item.id}: ${item.title}\n` };
        };
      },
    },
  ],
  [
    'list',
    {
      options: { all: flag, done: flag, priority: text, tag: texts, due: text, json: flag },
      prepare(words, values, today) {
        if (words.length > 0) throw new UsageError(`list does not take "${words[0]}"`);
        const filters = parseFilters(values);
        return (list) => {
          const items = selectItems(list, filters, today);
          return { output: values.json ? `${JSON.stringify(items, null, 2)}\n` : formatItems(items, today) };
        };
      },
    },
  ],
  ['done', forEachId('Done', (list, ids) => setDone(list, ids, true))],
  ['reopen', forEachId('Reopened', (list, ids) => setDone(list, ids, false))],
  [
    'edit',
    {
      options: { title: text, due: text, priority: text },
      prepare(words, values, today) {
        const ids = parseIds(words);
        if (ids.length !== 1) throw new UsageError('edit takes the number of one item');
        const changes = {};
        if (values.title !== undefined) changes.title = cleanTitle(values.title);
        if (values.priority !== undefined) changes.priority = cleanPriority(values.priority);
        if (values.due !== undefined)
          changes.due = values.due === 'none' ? null : parseDue(values.due, today);
        if (Object.keys(changes).length === 0) {
          throw new UsageError('edit needs --title, --due or --priority');
        }
        return (before) => {
          const { list, item } = editItem(before, ids[0], changes);
          return { list, output: `Changed ${item.id}: ${item.title}\n` };
        };
      },
    },
  ],
  ['remove', forEachId('Removed', removeItems)],
]);

function forEachId(verb, change) {
  return {
    options: {},
    prepare(words) {
      const ids = parseIds(words);
      return (list) => ({ list: change(list, ids), output: `${verb}: ${ids.join(', ')}\n` });
    },
  };
}

function parseIds(words) {
  if (words.length === 0) throw new UsageError('the number of an item is needed');
  const wrong = words.find((word) => !/^[1-9]\d{0,8}$/.test(word));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is not the number of an item`);
  return [...new Set(words.map(Number))];
}

function parseFilters(values) {
  if (values.all && values.done) throw new UsageError('--all and --done exclude each other');
  if (values.due !== undefined) {
    if (!DUE_FILTERS.includes(values.due)) {
      throw new UsageError(`"${values.due}" is not a filter for --due; choose ${DUE_FILTERS.join(', ')}`);
    }
    if (values.all || values.done) throw new UsageError('--due shows open items only');
  }
  return {
    state: values.all ? 'all' : values.done ? 'done' : 'open',
    priority: values.priority === undefined ? undefined : cleanPriority(values.priority),
    tags: (values.tag ?? []).map(cleanTag),
    due: values.due,
  };
}
