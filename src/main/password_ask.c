/* See password_ask.h. */
#include "main/password_ask.h"

#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

/* The first line, at most. -ENODATA: nothing came; -EMSGSIZE. */
static int read_line(int fd, char to[PASSWORD_ASK_BYTES_MAX])
{
    size_t len = 0;
    for (;;) {
        char c;
        ssize_t got = os_real.read(os_real.state, fd, &c, 1);
        if (got < 0) return (int)got;
        if (got == 0 || c == '\n') break;
        if (len == PASSWORD_ASK_BYTES_MAX - 1) return -EMSGSIZE;
        to[len++] = c;
    }
    if (len > 0 && to[len - 1] == '\r') len--;
    to[len] = '\0';
    return len > 0 ? 0 : -ENODATA;
}

static void put(int fd, Slice text)
{
    int r = os_write_full(&os_real, fd, text.ptr, text.len);
    (void)r; /* whoever cannot read the question sees that nothing happens */
}

static int ask_once(const Invocation *invocation, int terminal, MessageId question,
                    const char *name, char to[PASSWORD_ASK_BYTES_MAX])
{
    CLEANUP(buf_done) Buf text = {0};
    const MessagePart parts[MESSAGE_PARTS_MAX] = {{"name", slice_from_cstr(name)}};
    message_add(&text, question, invocation->language, parts);
    buf_add_cstr(&text, ": ");
    put(terminal, buf_slice(&text));
    int r = read_line(terminal, to);
    put(terminal, SLICE("\n"));
    return r;
}

static int ask_twice(const Invocation *invocation, int terminal, const char *name,
                     char to[PASSWORD_ASK_BYTES_MAX])
{
    char again[PASSWORD_ASK_BYTES_MAX] = "";
    int r = ask_once(invocation, terminal, MESSAGE_ACCOUNT_PASSWORD_ASK, name, to);
    if (r == 0) r = ask_once(invocation, terminal, MESSAGE_ACCOUNT_PASSWORD_AGAIN, name, again);
    if (r == 0 && strcmp(to, again) != 0) {
        SAY(MESSAGE_ACCOUNT_PASSWORD_DIFFERS, invocation->language);
        r = -EINVAL;
    }
    explicit_bzero(again, sizeof again);
    return r;
}

static int ask_terminal(const Invocation *invocation, const char *name,
                        char to[PASSWORD_ASK_BYTES_MAX])
{
    struct termios before, silent;
    sigset_t ends, mask;
    CLEANUP(os_fd_done)
    OsFd terminal = {&os_real, os_real.open(os_real.state, "/dev/tty", O_RDWR | O_NOCTTY, 0)};
    if (terminal.fd < 0) return terminal.fd;
    if (tcgetattr(terminal.fd, &before) < 0) return -errno;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    /* Ctrl-C waits until the terminal shows what is typed again. */
    sigfillset(&ends);
    sigprocmask(SIG_BLOCK, &ends, &mask);
    int r = tcsetattr(terminal.fd, TCSAFLUSH, &silent) < 0 ? -errno : 0;
    if (r == 0) r = ask_twice(invocation, terminal.fd, name, to);
    tcsetattr(terminal.fd, TCSAFLUSH, &before);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return r;
}

int password_ask(const Invocation *invocation, const char *name, char to[PASSWORD_ASK_BYTES_MAX])
{
    const char *given = option_value(invocation, "password-fd");
    uint64_t fd;
    int r = -EINVAL;
    if (!given)
        r = ask_terminal(invocation, name, to);
    else if (number_parse_u64(slice_from_cstr(given), &fd) == 0 && fd <= 1000000)
        r = read_line((int)fd, to);
    if (r < 0) explicit_bzero(to, PASSWORD_ASK_BYTES_MAX);
    if (r < 0 && (given || r != -EINVAL))
        SAY(MESSAGE_ACCOUNT_PASSWORD_NEEDED, invocation->language);
    return r;
}
