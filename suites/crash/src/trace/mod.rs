//! What a process did to its disk, recorded by `strace`.
//!
//! The program under test is the real one on a real file system; nothing is put between it and its files but the tracer, which
//! stops it at each of the calls below. A call this recording has no picture for, on a file it watches, ends the suite: what is
//! not understood must not look like a disk that holds.

mod line;
mod recorder;
mod start;

pub use recorder::{Plant, Recorder, Recording};
pub use start::{Tracer, is_there};

/// The calls that change what is on a disk, or its order.
const CALLS: &str = "openat,open,creat,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,\
    fdatasync,sync_file_range,sync,syncfs,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,\
    mkdirat,copy_file_range,sendfile,splice,mmap,dup,dup2,dup3,io_uring_setup";
