/** JavaScript projects, described by their JSDoc comments. */
import { createEcmascriptLangpack } from '../ecmascript/index.js';

export const javascriptLangpack = createEcmascriptLangpack('javascript');
