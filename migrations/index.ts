import type { MigrationInterface } from 'typeorm';
import { CreateSpine1795370400000 } from './1795370400000-create-spine.js';
import { CreateCheckpointView1795370400001 } from './1795370400001-create-checkpoint-view.js';
import { CreateMetering1795370400002 } from './1795370400002-create-metering.js';
import { CreateSources1795370400010 } from './1795370400010-create-sources.js';
import { AddSteering1795370400020 } from './1795370400020-add-steering.js';
import { AddStuckDetection1795370400030 } from './1795370400030-add-stuck-detection.js';
import { AddCallRecords1795370400040 } from './1795370400040-add-call-records.js';
import { AddPromptWork1795370400050 } from './1795370400050-add-prompt-work.js';
import { AddReview1795370400060 } from './1795370400060-add-review.js';
import { AddPanelLists1795370400070 } from './1795370400070-add-panel-lists.js';
import { AddPanel1795370400080 } from './1795370400080-add-panel.js';
import { AddSessionSearch1795370400090 } from './1795370400090-add-session-search.js';
import { AddAuditInbox1795370400100 } from './1795370400100-add-audit-inbox.js';

/** Every migration, oldest first. A new one is a file and a line here. */
export const MIGRATIONS: (new () => MigrationInterface)[] = [
  CreateSpine1795370400000,
  CreateCheckpointView1795370400001,
  CreateMetering1795370400002,
  CreateSources1795370400010,
  AddSteering1795370400020,
  AddStuckDetection1795370400030,
  AddCallRecords1795370400040,
  AddPromptWork1795370400050,
  AddReview1795370400060,
  AddPanelLists1795370400070,
  AddPanel1795370400080,
  AddSessionSearch1795370400090,
  AddAuditInbox1795370400100,
];
