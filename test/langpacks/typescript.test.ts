import { describeConformance } from './conformance.js';

describeConformance('typescript');
