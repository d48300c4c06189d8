import { END, START, StateGraph } from '@langchain/langgraph';
import type { KindGraph } from '../../engine/graph-kind.js';
import type { Run } from '../../engine/run.js';
import { arch } from './nodes/arch.js';
import { complete } from './nodes/complete.js';
import { eng } from './nodes/eng.js';
import { humanGate } from './nodes/human-gate.js';
import { pm } from './nodes/pm.js';
import { source } from './nodes/source.js';
import { qa } from './nodes/qa.js';
import type { SourceService } from '../../services/source/source-service.js';
import type { Workshop } from './workshop.js';
import { afterGate, afterQa, fromStart } from './routes.js';
import { StudioState } from './state.js';

/** [source →] pm → arch → human gate → eng ⇄ qa → complete. */
export function studioGraph(run: Run, workshop: Workshop, sources: SourceService): KindGraph {
  return new StateGraph(StudioState)
    .addNode('source', source(run, sources))
    .addNode('pm', pm(run))
    .addNode('arch', arch(run))
    .addNode('human_gate', humanGate())
    .addNode('eng', eng(run))
    .addNode('qa', qa(run, workshop))
    .addNode('complete', complete(run))
    .addConditionalEdges(START, fromStart(run.session), ['source', 'pm'])
    .addEdge('source', 'pm')
    .addEdge('pm', 'arch')
    .addEdge('arch', 'human_gate')
    .addConditionalEdges('human_gate', afterGate, ['pm', 'arch', 'eng'])
    .addEdge('eng', 'qa')
    .addConditionalEdges('qa', afterQa, ['eng', 'complete'])
    .addEdge('complete', END);
}
