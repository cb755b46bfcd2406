/** One entry of the array that FastAPI (with pydantic 1) gives as `detail` of a 422: older clients read it. */
export interface FastApiDetail {
  loc: (string | number)[];
  msg: string;
  type: string;
  ctx?: Record<string, unknown>;
}

/** `detail` for a path that names none of the algorithms there are. */
export function unknownAlgorithmDetail(permitted: readonly string[]): FastApiDetail[] {
  const names = permitted.map((name) => `'${name}'`).join(', ');
  return [
    {
      loc: ['path', 'algorithm'],
      msg: `value is not a valid enumeration member; permitted: ${names}`,
      type: 'type_error.enum',
      ctx: { enum_values: permitted },
    },
  ];
}

/** `detail` for a body that is no JSON document. */
export function undecodableBodyDetail(message: string): FastApiDetail[] {
  return [{ loc: ['body'], msg: message, type: 'value_error.jsondecode' }];
}

/** `detail` for a body that is missing, or is JSON but no object. */
export function wrongBodyDetail(body: unknown): FastApiDetail[] {
  return body === undefined
    ? [missingFieldDetail()]
    : [{ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' }];
}

export function missingFieldDetail(field?: string): FastApiDetail {
  const loc = field === undefined ? ['body'] : ['body', field];
  return { loc, msg: 'field required', type: 'value_error.missing' };
}
