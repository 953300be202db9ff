// hls.js publishes the types of its light build under the full build's name.
declare module "hls.js/light" {
  export * from "hls.js";
  export { default } from "hls.js";
}

// What the unit tests use of node.
declare module "node:test" {
  export default function test(name: string, run: (t: { diagnostic(text: string): void }) => void | Promise<void>): void;
}
declare module "node:assert/strict" {
  const assert: {
    equal(actual: unknown, expected: unknown, message?: string): void;
    deepEqual(actual: unknown, expected: unknown, message?: string): void;
    ok(value: unknown, message?: string): void;
  };
  export default assert;
}
