// cdktf notes a stack trace for every token. Under jest each frame of it is looked up in source maps, which costs most
// of the time of a test; no test reads these traces. See jest.config.cjs.
exports.captureStackTrace = () => [];
