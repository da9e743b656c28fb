// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

/* The system's headers show these with _GNU_SOURCE only, which Swift's import of them does not define. */
int pipe2(int ends[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

/* A pipe that child processes do not inherit. */
static inline int gw_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

/* The child has `/` as its folder, and no open files but the standard streams. */
static inline void gw_spawn_isolate(posix_spawn_file_actions_t *actions) {
    posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(actions, "/");
}
