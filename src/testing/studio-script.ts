import {
  CutOff,
  scriptedCatalog,
  type Script,
  type ScriptedCall,
  type ScriptedCatalog,
} from './scripted-model.js';

const PRD = `# Sum

## Summary

A module that adds two numbers, for people who would rather not do it by hand.

## Users

- Everybody.

## Requirements

### R1 Add

Two numbers are added.

- AC1.1 \`add(2, 3)\` gives 5.

## Out of scope

- Subtraction.
`;
const SPEC = `# Sum: technical specification

## Overview

One module, \`src/sum.js\`, that exports \`add(a, b)\`.

## Interfaces

\`add(a: number, b: number): number\`
`;
const SCAFFOLD = `printf '{"name":"sum","type":"module","scripts":{"test":"node --test"}}\\n' > package.json\n`;
const TEST = `import test from 'node:test';
import assert from 'node:assert/strict';
import { add } from '../src/sum.js';

test('AC1.1 adds two numbers', () => assert.equal(add(2, 3), 5));
`;
export const GOOD_SUM = 'export const add = (a, b) => a + b;\n';
export const BAD_SUM = 'export const add = (a, b) => a - b;\n';

/** The answers of a model that builds the smallest project, right at the first attempt. */
export const SUM_ANSWERS: Readonly<Record<string, unknown>> = {
  write_prd: { title: 'Sum', prd: PRD },
  write_tech_spec: { techSpec: SPEC, scaffold: SCAFFOLD },
  write_tests: { files: [{ path: 'test/sum.test.js', content: TEST }] },
  write_code: { summary: 'Adds.', files: [{ path: 'src/sum.js', content: GOOD_SUM }] },
  report_bugs: { failures: [] },
};

export type SumScript = Partial<Record<string, (call: ScriptedCall) => unknown>>;

/**
 * A model for tests that answers the studio's tasks with the sum project, but for the tasks given, whose
 * functions return an answer (an object is sent as JSON, text as it is, a CutOff
 * as an answer that was too long, an Error as the provider's).
 */
export function sumCatalog(faults: SumScript = {}): ScriptedCatalog {
  const script: Script = async (call) => {
    const given = await faults[call.task]?.(call);
    const answer = given === undefined ? SUM_ANSWERS[call.task] : given;
    if (answer instanceof Error || answer instanceof CutOff || typeof answer === 'string') return answer;
    return JSON.stringify(answer);
  };
  return scriptedCatalog(script);
}
