/** The registers as the rooms above the engine see them; `ptrace` itself is the engine's alone. */
export { registerGroups, type ThreadRegisters } from '../ptrace/registers';
export type { RegisterDescription, RegisterGroup, RegisterGroupName } from '../ptrace/register-groups';
export { splitLanes, type LaneView } from '../ptrace/lanes';
export { float80ToNumber, numberToFloat80 } from '../ptrace/float80';
