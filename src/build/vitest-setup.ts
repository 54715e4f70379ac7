/** Before the tests: kernels that are stale are compiled. A kernel that does not compile leaves no module, so its tests fail. */
import { buildWasm } from './asc.mjs';

export default async function setup(): Promise<void> {
  await buildWasm();
}
