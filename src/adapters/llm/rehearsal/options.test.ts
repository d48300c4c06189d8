import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../core/errors.js';
import { parseRehearsalModel } from './options.js';

describe('the model name of a rehearsal', () => {
  it('stands for a rehearsal without delay or faults when it has no options', () => {
    expect(parseRehearsalModel('studio')).toEqual({ delayMs: 0, fail: new Map(), malformed: new Map() });
    expect(parseRehearsalModel('studio?')).toEqual(parseRehearsalModel('studio'));
  });

  it('carries a delay, failures and malformed answers by task', () => {
    expect(
      parseRehearsalModel('studio?delayMs=20&fail=write_code:2,write_prd:1&malformed=write_prd:3'),
    ).toEqual({
      delayMs: 20,
      fail: new Map([
        ['write_code', 2],
        ['write_prd', 1],
      ]),
      malformed: new Map([['write_prd', 3]]),
    });
  });

  it.each([
    ['cinema', 'cinema'],
    ['studio?speed=2', 'speed'],
    ['studio?delayMs=soon', 'delayMs=soon'],
    ['studio?delayMs=60001', 'delayMs=60001'],
    ['studio?delayMs=-1', 'delayMs=-1'],
    ['studio?fail=write_poems:1', 'write_poems'],
    ['studio?fail=write_code', 'write_code'],
    ['studio?fail=write_code:0', 'write_code:0'],
    ['studio?fail=', 'fail='],
    ['studio?delayMs=1&delayMs=2', 'given twice'],
  ])('is refused as "%s", naming what is wrong', (model, named) => {
    expect(() => parseRehearsalModel(model)).toThrow(ConfigError);
    expect(() => parseRehearsalModel(model)).toThrow(named);
  });

  it('is refused with all its problems at once', () => {
    expect(() => parseRehearsalModel('cinema?speed=2&fail=x')).toThrow(/cinema[^]*speed[^]*fail=x/);
  });
});
