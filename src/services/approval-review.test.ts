import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sumMission, type SumMission } from '../testing/sum-mission.js';

describe('the review of a closed gate', () => {
  let mission: SumMission;

  beforeAll(async () => {
    mission = await sumMission('gate');
  });
  afterAll(() => mission.test.close());

  it('shows what was decided on, the approver’s edits included, beside what they were shown', async () => {
    const { app } = mission.test;
    const [gate] = await app.approvals.list(mission.caller, mission.id);
    if (!gate) throw new Error('no gate');
    const shown = gate.artifacts.find(({ type }) => type === 'prd');
    const before = await app.reviews.review(mission.caller, gate.id);
    expect(before.artifacts.map(({ previous }) => previous)).toEqual([null, null, null]);
    await app.approvals.decide(mission.caller, gate.id, {
      decision: 'approve',
      artifactHashes: gate.artifacts.map(({ sha256 }) => sha256),
      edits: [{ path: 'docs/prd.md', content: '# Sum, edited\n' }],
    });
    const { artifacts } = await app.reviews.review(mission.caller, gate.id);
    expect(artifacts.find(({ shown: { type } }) => type === 'prd')).toMatchObject({
      shown: { version: 2, path: 'docs/prd.md' },
      previous: { version: 1, sha256: shown?.sha256 },
    });
    expect(artifacts.find(({ shown: { type } }) => type === 'tech_spec')).toMatchObject({ previous: null });
  });
});
