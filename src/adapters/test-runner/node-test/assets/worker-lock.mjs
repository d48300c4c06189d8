// Preloaded into every worker thread that the project starts: what is locked in the test's process is locked there.
import { lockDown } from './lock.mjs';

lockDown();
