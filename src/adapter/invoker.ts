/** Who called sudo or pkexec, when this adapter was started as root by them: what is to be reached by them is theirs. */
import { chmodSync, chownSync } from 'node:fs';

/** The user; undefined when this is nobody's raised adapter. */
function invoker(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { SUDO_UID, SUDO_GID, PKEXEC_UID } = process.env;
  const uid = Number(SUDO_UID ?? PKEXEC_UID);
  return Number.isInteger(uid) && uid > 0 ? { uid, gid: Number(SUDO_GID ?? 0) } : undefined;
}

/** Makes a socket (or the folder of one) the invoker's, and nobody else's. Nothing happens in an adapter that was not raised. */
export function giveToInvoker(path: string, mode = 0o600): void {
  const user = invoker();
  if (!user) return;
  chmodSync(path, mode);
  chownSync(path, user.uid, user.gid);
}
