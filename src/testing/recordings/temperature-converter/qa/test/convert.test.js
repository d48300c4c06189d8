import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toKelvin } from '../src/convert.js';

test('AC1.1 converts Celsius to Kelvin', () => {
  assert.equal(toKelvin(0), 273.15);
});
