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
/** Two different keywords, as one alone ("api", "cli") is shared by too many missions. */
const EXACT_KEYWORDS = 2;
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

/** The words of a text that matter: lower case, without accents, singular; in order, with repetitions. */
export function tokens(text: string): string[] {
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu);
  return (words ?? []).map(singular).filter((word) => !STOP_WORDS.has(word));
}

interface Vocabulary {
  keywords: string[][];
  weights: Map<string, number>;
}

function vocabularyOf(recording: Recording): Vocabulary {
  const keywords = recording.keywords.map(tokens);
  const weights = new Map<string, number>();
  const add = (words: string[], weight: number) => {
    for (const word of words) weights.set(word, Math.max(weight, weights.get(word) ?? 0));
  };
  add(keywords.flat(), WEIGHT.keyword);
  add(tokens(recording.title), WEIGHT.title);
  add(tokens(recording.mission), WEIGHT.mission);
  return { keywords, weights };
}

/**
 * Finds the recording for a mission: each of the mission's words weighs its inverse document frequency over the
 * recordings, ln(1 + N / (1 + df)), so that a word which every recording has decides nothing. The same mission
 * always gets the same recording; ties go to the first by slug.
 * @param recordings at least one, in a fixed order
 */
export function closestRecording(mission: string, recordings: readonly Recording[]): Match {
  const wanted = [...new Set(tokens(mission))];
  const same = wanted.toSorted().join(' ');
  const vocabularies = recordings.map(vocabularyOf);
  const idf = (word: string) =>
    Math.log(1 + recordings.length / (1 + vocabularies.filter(({ weights }) => weights.has(word)).length));
  const total = wanted.reduce((sum, word) => sum + idf(word), 0);
  const matches = recordings.map((recording, index): Match => {
    const { keywords, weights } = vocabularies[index] ?? { keywords: [], weights: new Map() };
    const known = wanted.reduce((sum, word) => sum + idf(word) * (weights.get(word) ?? 0), 0);
    const score = total === 0 ? 0 : known / total;
    const met = keywords.filter((words) => words.length > 0 && words.every((word) => wanted.includes(word)));
    const own = same !== '' && same === [...new Set(tokens(recording.mission))].toSorted().join(' ');
    const exact = own || (score >= EXACT_SCORE && met.length >= EXACT_KEYWORDS);
    return { recording, score: own ? 1 : score, exact };
  });
  const best = matches.reduce((one, other) => (other.score > one.score ? other : one), matches[0] as Match);
  return best;
}
