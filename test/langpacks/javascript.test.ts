import { describeConformance } from './conformance.js';

describeConformance('javascript');
