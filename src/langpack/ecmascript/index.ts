/** What TypeScript and JavaScript have in common: described by the compiler, bundled, run by one pipe program. */
export { createEcmascriptLangpack } from './create-ecmascript-langpack.js';
