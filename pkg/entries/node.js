// The same classes for those who import and those who require.
export * from "./node.cjs";
