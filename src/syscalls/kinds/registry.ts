/** All kinds, by the name under which specifications and structures use them. */
import { basicKinds } from './basickinds';
import type { KindFactory } from './compiler';
import { eventKinds } from './eventkinds';
import { fileKinds } from './filekinds';
import { memoryKinds } from './memorykinds';
import { messageKinds } from './messagekinds';
import { processKinds } from './processkinds';
import { signalKinds } from './signalkinds';
import { socketKinds } from './socketkinds';
import { subcommandKinds } from './subcommands';
import { timeKinds } from './timekinds';

export const registry: Readonly<Record<string, KindFactory>> = {
  ...basicKinds,
  ...memoryKinds,
  ...fileKinds,
  ...timeKinds,
  ...signalKinds,
  ...processKinds,
  ...socketKinds,
  ...messageKinds,
  ...eventKinds,
  ...subcommandKinds,
};
