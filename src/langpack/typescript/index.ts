/** TypeScript projects, described by the compiler and run without a build step. */
import { createEcmascriptLangpack } from '../ecmascript/index.js';

export const typescriptLangpack = createEcmascriptLangpack('typescript');
