import type { GraphKind } from '../engine/graph-kind.js';
import type { SourceService } from '../services/source/source-service.js';
import type { AgentProfile } from '../services/kind-rules.js';
import { studio, STUDIO_PROFILES } from './studio/index.js';
import type { Workshop } from './studio/workshop.js';

/** What graphs may use beside their run. */
export interface GraphTools {
  workshop: Workshop;
  sources: SourceService;
}

/** The one list of kinds. A new graph is a folder beside this file and a line here. */
export function graphKinds({ workshop, sources }: GraphTools): GraphKind[] {
  return [studio(workshop, sources)] as GraphKind[];
}

/** The agents of all kinds, for those who only ask what there is. */
export function graphProfiles(): readonly AgentProfile[] {
  return STUDIO_PROFILES;
}
