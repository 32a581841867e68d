/** Calls on files, descriptors and file systems. `docs/syscalls.md` tells how specifications are written. */
export const fileSpecs = `
read fd:fd buf:<buf(ret) count:ulong
write fd:fd buf:buf(count) count:ulong
open filename:path flags:open mode:createmode(flags) -> fd
openat dfd:dirfd filename:path flags:open mode:createmode(flags) -> fd
openat2 dfd:dirfd filename:path how:sized(open_how,usize) usize:ulong -> fd
creat pathname:path mode:mode -> fd
close fd:fd
close_range fd:uint max_fd:uint flags:flags(close_range_flags)
stat filename:path statbuf:<p(stat)
fstat fd:fd statbuf:<p(stat)
lstat filename:path statbuf:<p(stat)
newfstatat dfd:dirfd filename:path statbuf:<p(stat) flag:flags(at_flags)
statx dfd:dirfd filename:path flags:statxflags mask:flags(statx_mask) buffer:<p(statx)
lseek fd:fd offset:s64 whence:enum(whence)
pread64 fd:fd buf:<buf(ret) count:ulong pos:s64
pwrite64 fd:fd buf:buf(count) count:ulong pos:s64
readv fd:fd vec:<iovout(vlen,ret) vlen:ulong
writev fd:fd vec:iovin(vlen) vlen:ulong
preadv fd:fd vec:<iovout(vlen,ret) vlen:ulong pos_l:s64
pwritev fd:fd vec:iovin(vlen) vlen:ulong pos_l:s64
preadv2 fd:fd vec:<iovout(vlen,ret) vlen:ulong pos_l:s64 pos_h:hidden flags:flags(rwf_flags)
pwritev2 fd:fd vec:iovin(vlen) vlen:ulong pos_l:s64 pos_h:hidden flags:flags(rwf_flags)
access filename:path mode:flags(access_mode)
faccessat dfd:dirfd filename:path mode:flags(access_mode)
faccessat2 dfd:dirfd filename:path mode:flags(access_mode) flags:flags(faccessat_flags)
dup fildes:fd -> fd
dup2 oldfd:fd newfd:fd -> fd
dup3 oldfd:fd newfd:fd flags:flags(open_flags) -> fd
pipe fildes:<fdpair
pipe2 fildes:<fdpair flags:flags(open_flags)
fcntl fd:fd cmd:enum(fcntl_cmd) arg:=sub(fcntl,cmd,0) -> fcntlresult(cmd)
fcntl64 fd:fd cmd:enum(fcntl_cmd) arg:=sub(fcntl,cmd,0) -> fcntlresult(cmd)
flock fd:fd cmd:flags(lock_op)
fsync fd:fd
fdatasync fd:fd
sync
syncfs fd:fd
sync_file_range fd:fd offset:s64 nbytes:s64 flags:flags(sync_file_range_flags)
truncate path:path length:slong
ftruncate fd:fd length:slong
fallocate fd:fd mode:flags(fallocate_mode) offset:s64 len:s64
fadvise64 fd:fd offset:s64 len:ulong advice:enum(fadvise)
readahead fd:fd offset:s64 count:ulong
getdents fd:fd dirent:<dirents(ret) count:uint
getdents64 fd:fd dirent:<dirents64(ret) count:uint
getcwd buf:<cstr size:ulong
chdir filename:path
fchdir fd:fd
rename oldname:path newname:path
renameat olddfd:dirfd oldname:path newdfd:dirfd newname:path
renameat2 olddfd:dirfd oldname:path newdfd:dirfd newname:path flags:flags(rename_flags)
mkdir pathname:path mode:mode
mkdirat dfd:dirfd pathname:path mode:mode
rmdir pathname:path
link oldname:path newname:path
linkat olddfd:dirfd oldname:path newdfd:dirfd newname:path flags:flags(at_flags)
unlink pathname:path
unlinkat dfd:dirfd pathname:path flag:flags(at_flags)
symlink oldname:path newname:path
symlinkat oldname:path newdfd:dirfd newname:path
readlink path:path buf:<pathbuf(ret) bufsiz:ulong
readlinkat dfd:dirfd pathname:path buf:<pathbuf(ret) bufsiz:ulong
chmod filename:path mode:mode
fchmod fd:fd mode:mode
fchmodat dfd:dirfd filename:path mode:mode
fchmodat2 dfd:dirfd filename:path mode:mode flags:flags(at_flags)
chown filename:path user:id group:id
fchown fd:fd user:id group:id
lchown filename:path user:id group:id
fchownat dfd:dirfd filename:path user:id group:id flag:flags(at_flags)
umask mask:mode -> octalmode
utime filename:path times:p(utimbuf)
utimes filename:path utimes:arr(timeval,2)
futimesat dfd:dirfd filename:path utimes:arr(timeval,2)
utimensat dfd:dirfd filename:path utimes:utimens flags:flags(at_flags)
mknod filename:path mode:filemodearg dev:devarg(mode)
mknodat dfd:dirfd filename:path mode:filemodearg dev:devarg(mode)
statfs pathname:path buf:<p(statfs)
fstatfs fd:fd buf:<p(statfs)
statfs64 pathname:path size:ulong buf:<p(statfs64)
fstatfs64 fd:fd size:ulong buf:<p(statfs64)
ustat dev:dev32 ubuf:<p(ustat)
sysfs option:hex arg1:hex arg2:hex
setxattr pathname:path name:str value:xattr(size) size:ulong flags:flags(xattr_flags)
lsetxattr pathname:path name:str value:xattr(size) size:ulong flags:flags(xattr_flags)
fsetxattr fd:fd name:str value:xattr(size) size:ulong flags:flags(xattr_flags)
getxattr pathname:path name:str value:<xattrout(ret) size:ulong
lgetxattr pathname:path name:str value:<xattrout(ret) size:ulong
fgetxattr fd:fd name:str value:<xattrout(ret) size:ulong
listxattr pathname:path list:<xattrout(ret) size:ulong
llistxattr pathname:path list:<xattrout(ret) size:ulong
flistxattr fd:fd list:<xattrout(ret) size:ulong
removexattr pathname:path name:str
lremovexattr pathname:path name:str
fremovexattr fd:fd name:str
setxattrat dfd:dirfd pathname:path at_flags:flags(at_flags) name:str uargs:sized(xattr_args,usize) usize:ulong
getxattrat dfd:dirfd pathname:path at_flags:flags(at_flags) name:str uargs:=sized(xattr_args,usize) usize:ulong
listxattrat dfd:dirfd pathname:path at_flags:flags(at_flags) list:<xattrout(ret) size:ulong
removexattrat dfd:dirfd pathname:path at_flags:flags(at_flags) name:str
file_getattr dfd:dirfd filename:path ufattr:<sized(file_attr,usize) usize:ulong at_flags:flags(at_flags)
file_setattr dfd:dirfd filename:path ufattr:sized(file_attr,usize) usize:ulong at_flags:flags(at_flags)
cachestat fd:fd cstat_range:p(cachestat_range) cstat:<p(cachestat) flags:hex32
sendfile out_fd:fd in_fd:fd offset:=inoutlong count:ulong
splice fd_in:fd off_in:=inouts64 fd_out:fd off_out:=inouts64 len:ulong flags:flags(splice_flags)
tee fdin:fd fdout:fd len:ulong flags:flags(splice_flags)
vmsplice fd:fd uiov:iovin(nr_segs) nr_segs:ulong flags:flags(splice_flags)
copy_file_range fd_in:fd off_in:=inouts64 fd_out:fd off_out:=inouts64 len:ulong flags:uint
name_to_handle_at dfd:dirfd name:path handle:=filehandle mnt_id:<p(s32) flag:flags(name_to_handle_flags)
open_by_handle_at mountdirfd:dirfd handle:filehandle flags:open -> fd
mount dev_name:mountsource(flags) dir_name:path type:mounttype(flags) flags:mountflags data:mountdata(flags)
umount2 name:path flags:flags(umount_flags)
pivot_root new_root:path put_old:path
chroot filename:path
swapon specialfile:path swap_flags:swapflags
swapoff specialfile:path
acct name:path
quotactl cmd:quotacmd special:path id:quotaid(cmd) addr:ptr
quotactl_fd fd:fd cmd:quotacmd id:quotaid(cmd) addr:ptr
open_tree dfd:dirfd filename:path flags:flags(open_tree_flags) -> fd
open_tree_attr dfd:dirfd filename:path flags:flags(open_tree_flags) uattr:sized(mount_attr,usize) usize:ulong -> fd
move_mount from_dfd:dirfd from_pathname:path to_dfd:dirfd to_pathname:path flags:flags(move_mount_flags)
fsopen _fs_name:str flags:flags(fsopen_flags) -> fd
fsconfig fd:fd cmd:enum(fsconfig_cmd) _key:str _value:=sub(fsconfig,cmd,0) aux:int
fsmount fs_fd:fd flags:flags(fsmount_flags) attr_flags:flags(mount_attr) -> fd
fspick dfd:dirfd path:path flags:flags(fspick_flags) -> fd
mount_setattr dfd:dirfd path:path flags:flags(mount_setattr_flags) uattr:sized(mount_attr,usize) usize:ulong
statmount req:p(mnt_id_req) buf:<p(statmount) bufsize:ulong flags:hex32
listmount req:p(mnt_id_req) mnt_ids:<arr(u64/hex64,ret) nr_mnt_ids:ulong flags:flags(listmount_flags)
listns req:p(ns_id_req) ns_ids:<arr(u64/hex64,ret) nr_ns_ids:ulong flags:hex32
inotify_init -> fd
inotify_init1 flags:flags(inotify_flags) -> fd
inotify_add_watch fd:fd pathname:path mask:flags(inotify_mask)
inotify_rm_watch fd:fd wd:int
fanotify_init flags:combined(0xc,fanotify_class,fanotify_init_flags) event_f_flags:open -> fd
fanotify_mark fanotify_fd:fd flags:flags(fanotify_mark_flags) mask:flags64(fanotify_mask) dfd:fandirfd pathname:path
lookup_dcookie cookie64:u64 buf:<pathbuf(ret) len:ulong
uselib library:path
memfd_create uname:memfdname flags:memfdflags -> fd
memfd_secret flags:flags(memfd_secret_flags) -> fd
`;
