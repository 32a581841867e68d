/** Calls on files and descriptors. `docs/syscalls.md` tells how specifications are written. */
export const fileSpecs = `
read fd:fd buf:<buf(ret) count:ulong
write fd:fd buf:buf(count) count:ulong
close fd:fd
openat dfd:dirfd filename:path flags:open mode:createmode(flags) -> fd
`;
