/** The part of opentype.js that is used; the package brings no types. */
declare module 'opentype.js' {
  interface Font {
    getAdvanceWidth(text: string, size: number): number;
    getPath(text: string, x: number, y: number, size: number): { toPathData(decimals: number): string };
  }
  const opentype: { parse(file: ArrayBuffer): Font };
  export default opentype;
}
