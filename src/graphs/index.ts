import type { GraphKind } from '../engine/graph-kind.js';
import { studio } from './studio/index.js';
import type { Workshop } from './studio/workshop.js';

/** What graphs may use beside their run. */
export interface GraphTools {
  workshop: Workshop;
}

/** The one list of kinds. A new graph is a folder beside this file and a line here. */
export function graphKinds({ workshop }: GraphTools): GraphKind[] {
  return [studio(workshop)] as GraphKind[];
}
