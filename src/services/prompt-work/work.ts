import { PromptSwitch } from './activation.js';
import { PromptAuthoring } from './authoring.js';
import { CanaryService } from './canaries.js';
import { PromptOutcomes } from './outcomes.js';
import { PromptOverviews } from './overview.js';
import { TryoutWorker, type TryoutWorkerParts } from './tryout-worker.js';
import { TryoutService } from './tryouts.js';
import type { SettingsService } from '../settings.js';

/** Everything that is done with prompt versions besides rendering them. */
export interface PromptWork {
  overviews: PromptOverviews;
  authoring: PromptAuthoring;
  switch: PromptSwitch;
  canaries: CanaryService;
  outcomes: PromptOutcomes;
  tryouts: TryoutService;
  tryoutWorker: TryoutWorker;
}

/** Wires the services around prompt versions. The worker is not started. */
export function createPromptWork(parts: TryoutWorkerParts & { settings: SettingsService }): PromptWork {
  const { dataSource, kinds, settings, store } = parts;
  return {
    overviews: new PromptOverviews(dataSource, kinds),
    authoring: new PromptAuthoring(dataSource, kinds, settings),
    switch: new PromptSwitch(dataSource, kinds, settings),
    canaries: new CanaryService(dataSource, kinds, settings),
    outcomes: new PromptOutcomes(dataSource, kinds),
    tryouts: new TryoutService(dataSource, kinds, store),
    tryoutWorker: new TryoutWorker(parts),
  };
}
