/** node-gyp-build ships no types; this is what we use of it. */
declare module 'node-gyp-build' {
  const nodeGypBuild: {
    /** The path of the addon that fits this runtime: build/Release first, then prebuilds/. Throws when there is none. */
    resolve(packageRoot: string): string;
  };
  export default nodeGypBuild;
}
