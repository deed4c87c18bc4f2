// The module's bytes in a script, which esbuild makes of the file.
export { default } from "#module";
