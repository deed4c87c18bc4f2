// The bytes of the module, which esbuild writes into this script.
export { default } from "#module";
