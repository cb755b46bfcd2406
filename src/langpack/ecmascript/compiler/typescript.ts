// An import would have Node search the compiler's nine megabytes for the names it exports, which takes longer than to
// load it.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
import ts = require('typescript');

export { ts };
