import { relative } from 'node:path';
import { ts } from './typescript.js';
import type { DescriptionProblem, SourcePlace } from '../description.js';

/** Collects every reason why a project cannot be described, so that its author hears of all of them at once. */
export class Problems {
  readonly #dir: string;
  readonly #found = new Map<string, DescriptionProblem>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  get list(): DescriptionProblem[] {
    return [...this.#found.values()];
  }

  add(node: ts.Node | undefined, subject: string | undefined, message: string): void {
    const place = node && this.placeOf(node);
    this.addAt(place, subject, message);
  }

  addAt(place: SourcePlace | undefined, subject: string | undefined, message: string): void {
    const problem: DescriptionProblem = { message, ...(place && { place }), ...(subject && { subject }) };
    this.#found.set(JSON.stringify(problem), problem);
  }

  addDiagnostic(diagnostic: ts.Diagnostic): void {
    const { file, start } = diagnostic;
    const place = file && start !== undefined ? this.#placeAt(file, start) : undefined;
    this.addAt(place, undefined, ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '));
  }

  placeOf(node: ts.Node): SourcePlace {
    const file = node.getSourceFile();
    return this.#placeAt(file, node.getStart(file));
  }

  #placeAt(file: ts.SourceFile, position: number): SourcePlace {
    const { line, character } = file.getLineAndCharacterOfPosition(position);
    return { file: relative(this.#dir, file.fileName), line: line + 1, column: character + 1 };
  }
}
