/** Greets whoever is named: takes text, JSON or a Buffer, and gives any of them. */
exports.apply = (input, callback) => callback(null, `hello ${input}`);
