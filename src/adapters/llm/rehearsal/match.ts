import type { Recording } from './recordings.js';

/** The recording that comes closest to a mission. */
export interface Match {
  recording: Recording;
  /** 0 to 1: the share of the mission's weight, rare words weighing more, that the recording knows. */
  score: number;
  /** Whether it may be taken for the mission's own project. */
  exact: boolean;
}

/** Above it a mission counts as known; a false "known" is worse than a false "unknown", so it is strict. */
const EXACT_SCORE = 0.75;
/** Two different keywords, as one alone ("api", "game") says too little, … */
const EXACT_KEYWORDS = 2;
/** … unless the keywords that were met make up this share of the title, as "minesweeper" does. */
const NAMED_SHARE = 0.5;
/** What a word is worth by where the recording has it. */
const WEIGHT = { keyword: 1, title: 0.9, mission: 0.7 };

/** Words that tell nothing about what is to be built. */
const STOP_WORDS = new Set(
  (
    'a an and any are as at be build by can code create creating do for from get give has have i in into is it its ' +
    'let like make me my need new of on or our please program project simple small software some that the their them ' +
    'then there they this to tool us use using want we which who will with would write you your application app'
  ).split(' '),
);

/** Takes English plurals back: entries → entry, boxes → box, links → link; class, bus and analysis stay. */
function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && /[^siu]s$/.test(word)) return word.slice(0, -1);
  return word;
}

/**
 * The words of a text that matter: lower case, without accents, singular; in order, with repetitions. Compounds
 * are taken apart, except those made of nothing but stop words: "to-do" is the word "todo".
 */
export function tokens(text: string): string[] {
  const compounds = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu);
  return (compounds ?? []).flatMap((compound) => {
    const words = compound.split('-');
    const telling = words.map(singular).filter((word) => !STOP_WORDS.has(word));
    return telling.length === 0 && words.length > 1 ? [words.join('')] : telling;
  });
}

interface Vocabulary {
  keywords: string[][];
  weights: Map<string, number>;
  title: string[];
  /** The words of its own mission, in alphabetical order. */
  own: string;
}

/** They are asked for with every call, and recordings do not change. */
const vocabularies = new WeakMap<Recording, Vocabulary>();

function vocabularyOf(recording: Recording): Vocabulary {
  let vocabulary = vocabularies.get(recording);
  if (!vocabulary) vocabularies.set(recording, (vocabulary = readVocabulary(recording)));
  return vocabulary;
}

const sorted = (words: readonly string[]): string => [...new Set(words)].toSorted().join(' ');

function readVocabulary(recording: Recording): Vocabulary {
  const keywords = recording.keywords.map(tokens);
  const weights = new Map<string, number>();
  const add = (words: string[], weight: number) => {
    for (const word of words) weights.set(word, Math.max(weight, weights.get(word) ?? 0));
  };
  add(keywords.flat(), WEIGHT.keyword);
  const title = tokens(recording.title);
  const mission = tokens(recording.mission);
  add(title, WEIGHT.title);
  add(mission, WEIGHT.mission);
  return { keywords, weights, title, own: sorted(mission) };
}

/**
 * Finds the recording for a mission: each of the mission's words weighs its inverse document frequency over the
 * recordings, ln(1 + N / (1 + df)), so that a word which every recording has decides nothing. The same mission
 * always gets the same recording; ties go to the first by slug.
 * @param recordings at least one, in a fixed order
 */
export function closestRecording(mission: string, recordings: readonly Recording[]): Match {
  const wanted = [...new Set(tokens(mission))];
  const same = sorted(wanted);
  const idf = (word: string) => {
    const having = recordings.filter((recording) => vocabularyOf(recording).weights.has(word)).length;
    return Math.log(1 + recordings.length / (1 + having));
  };
  const total = wanted.reduce((sum, word) => sum + idf(word), 0);
  const matches = recordings.map((recording): Match => {
    const { keywords, weights, title, own: itsMission } = vocabularyOf(recording);
    const known = wanted.reduce((sum, word) => sum + idf(word) * (weights.get(word) ?? 0), 0);
    const score = total === 0 ? 0 : known / total;
    const met = keywords.filter((words) => words.length > 0 && words.every((word) => wanted.includes(word)));
    const own = same !== '' && same === itsMission;
    const named = title.filter((word) => met.flat().includes(word)).length >= title.length * NAMED_SHARE;
    const exact = own || (score >= EXACT_SCORE && (named || met.length >= EXACT_KEYWORDS));
    return { recording, score: own ? 1 : score, exact };
  });
  return matches.reduce((best, match) => (match.score > best.score ? match : best));
}
