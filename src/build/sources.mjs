/** Resolution for whatever Vite builds or runs here: hivex-wasm is taken from its sources, not from what is published. */
import { defaultClientConditions, defaultServerConditions } from 'vite';

const SOURCES = 'hivex-sources';

export const fromSources = {
  resolve: { conditions: [SOURCES, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [SOURCES, ...defaultServerConditions] } },
};
