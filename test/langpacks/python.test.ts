import { describeConformance } from './conformance.js';

describeConformance('python');
