// Writes down, in order, what a program writes to the files of one folder and what of it the disk has been forced to
// take, so that the power can be taken away afterwards at any moment. For LD_PRELOAD; read by support/power.rs.
//
// POWER_FOLDER  the folder, as the system spells it
// POWER_JOURNAL where it is written down
// POWER_FAILS   while this file exists, nothing can be forced

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITE = 1, TRUNCATE, FORCE, FORCED, FAILED };

// `at` is where a write begins, how long a file is after a truncation, or which forcing it is; `length` is that of the
// data that follow.
struct record {
    uint64_t kind, file, at, length;
};

static int journal = -1;
static size_t folder_length;
static _Atomic uint64_t forcings;

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("POWER_FOLDER"), *path = getenv("POWER_JOURNAL");
    if (!folder || !path) return;
    folder_length = strlen(folder);
    journal = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (journal < 0) abort();
}

// The file's number if it is one of the folder's that outlives a loss of power, else 0.
static uint64_t file_of(int fd) {
    struct stat stat;
    if (journal < 0 || fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    if (length < 4 || (size_t)length <= folder_length || strncmp(path, getenv("POWER_FOLDER"), folder_length) != 0)
        return 0;
    // Shared memory.
    if (strncmp(path + length - 4, "-shm", 4) == 0) return 0;
    return stat.st_ino;
}

static void tell(enum kind kind, uint64_t file, uint64_t at, const void *data, size_t length) {
    int before = errno;
    struct record record = {kind, file, at, length};
    struct iovec parts[] = {{&record, sizeof record}, {(void *)data, length}};
    ssize_t written = syscall(SYS_writev, journal, parts, 2);
    if (written != (ssize_t)(sizeof record + length)) abort();
    errno = before;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) {
    ssize_t written = syscall(SYS_pwrite64, fd, data, length, at);
    uint64_t file = file_of(fd);
    if (file && written > 0) tell(WRITE, file, at, data, written);
    return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return pwrite64(fd, data, length, at); }

int ftruncate64(int fd, off64_t length) {
    int done = syscall(SYS_ftruncate, fd, length);
    uint64_t file = file_of(fd);
    if (file && done == 0) tell(TRUNCATE, file, length, NULL, 0);
    return done;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int force(long call, int fd) {
    uint64_t file = file_of(fd);
    if (!file) return syscall(call, fd);
    uint64_t forcing = forcings++;
    tell(FORCE, file, forcing, NULL, 0);
    const char *fails = getenv("POWER_FAILS");
    if (fails && access(fails, F_OK) == 0) {
        tell(FAILED, file, forcing, NULL, 0);
        errno = EIO;
        return -1;
    }
    // A slow disk, so that there is time for saying too early that it has something.
    usleep(3000);
    int done = syscall(call, fd);
    tell(done == 0 ? FORCED : FAILED, file, forcing, NULL, 0);
    return done;
}

int fsync(int fd) { return force(SYS_fsync, fd); }

int fdatasync(int fd) { return force(SYS_fdatasync, fd); }
