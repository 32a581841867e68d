/** The version of the package, read from package.json when the bundle is built. */
import { version as packageVersion } from '../../package.json';

export const version: string = packageVersion;
