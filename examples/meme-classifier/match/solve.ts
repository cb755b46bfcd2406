/**
 * Solves a small symmetric positive system of linear equations by Cholesky's method.
 *
 * @param matrix - square, row by row; only the upper triangle is read
 * @returns undefined when the equations do not settle the unknowns (a picture without structure)
 */
export function solveSymmetric(matrix: Float64Array, vector: Float64Array): Float64Array | undefined {
  const n = vector.length;
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[j * n + i]!;
      // A touch of damping keeps nearly undecided directions where they are.
      if (i === j) sum *= 1.0001;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i !== j) lower[i * n + j] = sum / lower[j * n + j]!;
      else if (sum <= 1e-9) return undefined;
      else lower[i * n + i] = Math.sqrt(sum);
    }
  }
  const result = new Float64Array(vector);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) result[i]! -= lower[i * n + k]! * result[k]!;
    result[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) result[i]! -= lower[k * n + i]! * result[k]!;
    result[i]! /= lower[i * n + i]!;
  }
  return result;
}
