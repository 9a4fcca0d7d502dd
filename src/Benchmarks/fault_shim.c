// Loaded before libc (LD_PRELOAD): counts a process's operations on the files below a folder, and at one of them copies the folder, which is
// what a process killed there leaves behind, or returns an error. Used by `RL.Benchmarks faults`.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

// What an operation does: whether a disk that is full refuses it, and whether it changes anything.
enum kind { READS, CHANGES, TAKES_SPACE };

static char folder[PATH_MAX], copies[PATH_MAX], hit[PATH_MAX + 32];
static long at, count;
static int error, stays;
static int is_armed;
static __thread int is_inside;
static __thread char current[PATH_MAX];

static void *(*real_dlsym)(void *, const char *);

static void *next(const char *name) {
    const char *versions[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5"};
    for (int i = 0; !real_dlsym && i < 3; i++) {
        *(void **)&real_dlsym = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    }
    return real_dlsym(RTLD_NEXT, name);
}

// The real function behind a wrapper, found once.
#define REAL(name, result, ...)                                                                                                  \
    static result (*real)(__VA_ARGS__);                                                                                          \
    if (!real) *(void **)&real = next(#name)

// Begins: `where` is watched. Operation number `fails_at` (from 1) returns `number`, as do all later ones that take space if `for_good`.
// If `into` is not empty, the folder is copied there before each operation that changes something (k) and in the middle of each write (k-torn).
void faults_begin(const char *where, const char *into, long fails_at, int number, int for_good) {
    snprintf(folder, sizeof folder, "%s", where);
    snprintf(copies, sizeof copies, "%s", into);
    at = fails_at, error = number, stays = for_good, count = 0, hit[0] = 0;
    is_armed = 1;
}

// Ends, and says how many operations there were.
long faults_end(void) {
    is_armed = 0;
    return count;
}

// What operation number `fails_at` was: its name and its file.
const char *faults_hit(void) { return hit; }

static void copy(const char *from, const char *to) {
    struct stat status;
    if (lstat(from, &status) != 0) {
        return;
    }
    if (S_ISDIR(status.st_mode)) {
        char source[PATH_MAX], target[PATH_MAX];
        mkdir(to, 0700);
        DIR *all = opendir(from);
        for (struct dirent *entry; all && (entry = readdir(all));) {
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
                snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
                snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
                copy(source, target);
            }
        }
        if (all) {
            closedir(all);
        }
        return;
    }
    char buffer[1 << 16];
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    for (ssize_t some; (some = read(in, buffer, sizeof buffer)) > 0 && write(out, buffer, (size_t)some) == some;) {
    }
    close(in);
    close(out);
}

static void keep(const char *ending) {
    char target[PATH_MAX + 32];
    is_inside = 1;
    snprintf(target, sizeof target, "%s/%ld%s", copies, count, ending);
    copy(folder, target);
    is_inside = 0;
}

static int is_watched(const char *path) {
    size_t length = strlen(folder);
    int is = is_armed && !is_inside && path && strncmp(path, folder, length) == 0 && (path[length] == 0 || path[length] == '/');
    if (is) {
        snprintf(current, sizeof current, "%s", path);
    }
    return is;
}

static int is_watched_file(int file) {
    if (!is_armed || is_inside || file < 0) {
        return 0;
    }
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    return is_watched(path);
}

// A disk that becomes full still takes half of the write that fills it: whoever calls is told how much, and fails with the next.
static int fills(size_t bytes) { return error && stays && count == at && bytes > 1; }

// Counts an operation; true if it fails, errno says how. `bytes` is how many it would write.
static int fails(const char *name, enum kind kind, size_t bytes) {
    if (++count == at) {
        snprintf(hit, sizeof hit, "%s %s", name, current);
    }
    if (kind != READS && copies[0]) {
        keep("");
    }
    int is_hit = stays ? count >= at && kind == TAKES_SPACE && !fills(bytes) : count == at;
    if (error && is_hit) {
        errno = error;
        return 1;
    }
    return 0;
}

static size_t first_part(size_t bytes) { return bytes > 1 && (copies[0] || fills(bytes)) ? bytes / 2 : 0; }

ssize_t write(int file, const void *bytes, size_t length) {
    REAL(write, ssize_t, int, const void *, size_t);
    if (!is_watched_file(file)) {
        return real(file, bytes, length);
    }
    if (fails(__func__, TAKES_SPACE, length)) {
        return -1;
    }
    size_t half = first_part(length);
    ssize_t first = half ? real(file, bytes, half) : 0;
    if (half && (fills(length) || first != (ssize_t)half)) {
        return first;
    }
    if (half) {
        keep("-torn");
    }
    ssize_t second = real(file, (const char *)bytes + first, length - (size_t)first);
    return second < 0 ? second : first + second;
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    REAL(pwrite64, ssize_t, int, const void *, size_t, off64_t);
    if (!is_watched_file(file)) {
        return real(file, bytes, length, offset);
    }
    if (fails(__func__, TAKES_SPACE, length)) {
        return -1;
    }
    size_t half = first_part(length);
    ssize_t first = half ? real(file, bytes, half, offset) : 0;
    if (half && (fills(length) || first != (ssize_t)half)) {
        return first;
    }
    if (half) {
        keep("-torn");
    }
    ssize_t second = real(file, (const char *)bytes + first, length - (size_t)first, offset + first);
    return second < 0 ? second : first + second;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) { return pwrite64(file, bytes, length, offset); }

static mode_t mode_of(int flags, va_list more) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; }

// A file that is opened to be made takes space, one that is cut is changed.
static enum kind kind_of(const char *path, int flags) {
    return flags & O_CREAT && access(path, F_OK) != 0 ? TAKES_SPACE : flags & O_TRUNC ? CHANGES : READS;
}

int open64(const char *path, int flags, ...) {
    REAL(open64, int, const char *, int, ...);
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return is_watched(path) && fails(__func__, kind_of(path, flags), 0) ? -1 : real(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    REAL(open, int, const char *, int, ...);
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return is_watched(path) && fails(__func__, kind_of(path, flags), 0) ? -1 : real(path, flags, mode);
}

DIR *opendir(const char *path) {
    REAL(opendir, DIR *, const char *);
    return is_watched(path) && fails(__func__, READS, 0) ? NULL : real(path);
}

ssize_t read(int file, void *bytes, size_t length) {
    REAL(read, ssize_t, int, void *, size_t);
    return is_watched_file(file) && fails(__func__, READS, 0) ? -1 : real(file, bytes, length);
}

ssize_t pread64(int file, void *bytes, size_t length, off64_t offset) {
    REAL(pread64, ssize_t, int, void *, size_t, off64_t);
    return is_watched_file(file) && fails(__func__, READS, 0) ? -1 : real(file, bytes, length, offset);
}

ssize_t pread(int file, void *bytes, size_t length, off_t offset) { return pread64(file, bytes, length, offset); }

int fsync(int file) {
    REAL(fsync, int, int);
    return is_watched_file(file) && fails(__func__, TAKES_SPACE, 0) ? -1 : real(file);
}

int ftruncate64(int file, off64_t length) {
    REAL(ftruncate64, int, int, off64_t);
    return is_watched_file(file) && fails(__func__, CHANGES, 0) ? -1 : real(file, length);
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int rename(const char *from, const char *to) {
    REAL(rename, int, const char *, const char *);
    return (is_watched(from) || is_watched(to)) && fails(__func__, CHANGES, 0) ? -1 : real(from, to);
}

int unlink(const char *path) {
    REAL(unlink, int, const char *);
    return is_watched(path) && fails(__func__, CHANGES, 0) ? -1 : real(path);
}

int rmdir(const char *path) {
    REAL(rmdir, int, const char *);
    return is_watched(path) && fails(__func__, CHANGES, 0) ? -1 : real(path);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir, int, const char *, mode_t);
    return is_watched(path) && fails(__func__, TAKES_SPACE, 0) ? -1 : real(path, mode);
}

// The program asks libc itself for some functions, by name.
void *dlsym(void *handle, const char *name) {
    struct { const char *name; void *function; } ours[] = {{"fsync", (void *)fsync}, {"open", (void *)open}};
    for (int i = 0; i < 2; i++) {
        if (strcmp(name, ours[i].name) == 0) {
            return ours[i].function;
        }
    }
    if (!real_dlsym) {
        next("dlsym");
    }
    return real_dlsym(handle, name);
}
