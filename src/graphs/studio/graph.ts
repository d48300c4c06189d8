import { END, START, StateGraph } from '@langchain/langgraph/web';
import type { KindGraph } from '../../engine/graph-kind.js';
import type { Run } from '../../engine/run.js';
import { arch } from './nodes/arch.js';
import { complete } from './nodes/complete.js';
import { eng } from './nodes/eng.js';
import { gate } from './nodes/gate.js';
import { pm } from './nodes/pm.js';
import { source } from './nodes/source.js';
import { qa } from './nodes/qa.js';
import type { SourceService } from '../../services/source/source-service.js';
import type { Workshop } from './workshop.js';
import {
  afterArch,
  afterDelivery,
  afterGate,
  afterPm,
  afterPrd,
  afterQa,
  afterStuck,
  fromStart,
} from './routes.js';
import { StudioState } from './state.js';

/** [source →] pm [→ gate] → arch → human gate → eng ⇄ qa [→ stuck] [→ gate] → complete. */
export function studioGraph(run: Run, workshop: Workshop, sources: SourceService): KindGraph {
  const { session } = run;
  return new StateGraph(StudioState)
    .addNode('source', source(run, sources))
    .addNode('pm', pm(run))
    .addNode('after_prd', gate(run, 'after_prd'))
    .addNode('arch', arch(run))
    .addNode('human_gate', gate(run, 'human_gate'))
    .addNode('eng', eng(run))
    .addNode('qa', qa(run, workshop))
    .addNode('stuck', gate(run, 'stuck'))
    .addNode('before_delivery', gate(run, 'before_delivery'))
    .addNode('complete', complete(run))
    .addConditionalEdges(START, fromStart(session), ['source', 'pm'])
    .addEdge('source', 'pm')
    .addConditionalEdges('pm', afterPm(session), ['after_prd', 'arch'])
    .addConditionalEdges('after_prd', afterPrd, ['pm', 'arch'])
    .addConditionalEdges('arch', afterArch(session), ['human_gate', 'eng'])
    .addConditionalEdges('human_gate', afterGate, ['pm', 'arch', 'eng'])
    .addEdge('eng', 'qa')
    .addConditionalEdges('qa', afterQa(session), ['eng', 'stuck', 'before_delivery', 'complete'])
    .addConditionalEdges('stuck', afterStuck, ['pm', 'arch', 'eng'])
    .addConditionalEdges('before_delivery', afterDelivery, ['pm', 'arch', 'eng', 'complete'])
    .addEdge('complete', END);
}
