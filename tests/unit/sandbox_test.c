/* os/sandbox.h: a child shuts itself in and tries what it must not. */
#include "tests/support/tap.h"

#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_HERE 77 /* the kernel has none of it */

static char inside[300], outside[300], readable[300];

static void make_places(void)
{
    const char *root = tap_temporary_folder();
    snprintf(inside, sizeof inside, "%s/inside", root);
    snprintf(outside, sizeof outside, "%s/outside", root);
    snprintf(readable, sizeof readable, "%s/readable", root);
    expect_ok(mkdir(inside, 0700));
    expect_ok(mkdir(outside, 0700));
    expect_ok(mkdir(readable, 0700));
}

static int enter(SandboxState *state)
{
    const SandboxPath paths[] = {
        {inside, true}, {readable, false}, {"/usr", false}, {"/nowhere/at/all", true}};
    return sandbox_enter(paths, ARRAY_COUNT(paths), state);
}

/* 0, or the first thing that went otherwise than it should. */
static int in_child(int (*tries)(const SandboxState *state))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        SandboxState state = {0};
        int r = enter(&state);
        _exit(r < 0 ? 100 : tries(&state));
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool can_write(const char *folder)
{
    char path[400];
    snprintf(path, sizeof path, "%s/file", folder);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0) return false;
    bool wrote = write(fd, "x", 1) == 1;
    close(fd);
    return wrote && unlink(path) == 0;
}

static int try_files(const SandboxState *state)
{
    char link[400];
    if (!state->files) return NOT_HERE;
    if (!can_write(inside)) return 1;
    if (can_write(outside)) return 2;
    if (can_write(readable)) return 3;
    if (open("/etc/passwd", O_RDONLY) >= 0) return 4;
    snprintf(link, sizeof link, "%s/link", inside);
    if (symlink("/etc/passwd", link) == 0) return 5;
    return 0;
}

static void files_beyond_those_named_are_out_of_reach(void)
{
    int r = in_child(try_files);
    if (r == NOT_HERE) {
        tap_skip("no Landlock in this kernel");
    } else {
        expect_int(r, 0);
    }
}

static int try_calls(const SandboxState *state)
{
    char *const arguments[] = {(char *)"true", NULL};
    if (!state->calls) return NOT_HERE;
    if (execv("/usr/bin/true", arguments) == 0 || errno != EPERM) return 1;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 || errno != EPERM) return 2;
    if (mount("none", inside, "tmpfs", 0, NULL) == 0 || errno != EPERM) return 3;
    if (unshare(CLONE_NEWUSER) == 0 || errno != EPERM) return 4;
    return 0;
}

static void calls_of_intruders_are_refused(void)
{
    int r = in_child(try_calls);
    if (r == NOT_HERE) {
        tap_skip("no seccomp in this kernel");
    } else {
        expect_int(r, 0);
    }
}

static int try_sockets(const SandboxState *state)
{
    if (!state->calls) return NOT_HERE;
    if (socket(AF_PACKET, SOCK_RAW, ETH_P_ALL) >= 0 || errno != EPERM) return 1;
    if (socket(AF_INET, SOCK_RAW, 1) >= 0 || errno != EPERM) return 2;
    if (socket(AF_VSOCK, SOCK_STREAM, 0) >= 0 || errno != EPERM) return 3;
    if (socket(AF_INET, SOCK_STREAM, 0) < 0) return 4;
    if (socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0 && errno == EPERM) return 5;
    if (socket(AF_UNIX, SOCK_STREAM, 0) < 0) return 6;
    return 0;
}

static void only_the_sockets_of_a_server_are_there(void)
{
    int r = in_child(try_sockets);
    if (r == NOT_HERE) {
        tap_skip("no seccomp in this kernel");
    } else {
        expect_int(r, 0);
    }
}

static void *try_in_thread(void *context)
{
    const SandboxState *state = context;
    bool out = state->files && can_write(outside);
    return (void *)(intptr_t)(out ? 1 : 0);
}

static int try_thread(const SandboxState *state)
{
    pthread_t thread;
    void *result = NULL;
    if (!state->files) return NOT_HERE;
    if (pthread_create(&thread, NULL, try_in_thread, (void *)state) != 0) return 1;
    pthread_join(thread, &result);
    return result ? 2 : 0;
}

static void threads_begun_later_are_shut_in_too(void)
{
    int r = in_child(try_thread);
    if (r == NOT_HERE) {
        tap_skip("no Landlock in this kernel");
    } else {
        expect_int(r, 0);
    }
}

static void too_many_paths_are_refused(void)
{
    static SandboxPath paths[SANDBOX_PATHS_MAX + 1];
    SandboxState state;
    expect_int(sandbox_enter(paths, ARRAY_COUNT(paths), &state), -E2BIG);
}

int main(int argc, char **argv)
{
    static const TapTest tests[] = {
        TAP_TEST(files_beyond_those_named_are_out_of_reach),
        TAP_TEST(calls_of_intruders_are_refused),
        TAP_TEST(only_the_sockets_of_a_server_are_there),
        TAP_TEST(threads_begun_later_are_shut_in_too),
        TAP_TEST(too_many_paths_are_refused),
    };
    make_places();
    return tap_run(tests, ARRAY_COUNT(tests), argc, argv);
}
