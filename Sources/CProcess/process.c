// See include/CProcess.h.
#define _GNU_SOURCE
#include "CProcess.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// Arguments.
//
// The Swift runtime reads them from /proc/self/cmdline, and without /proc there are none. glibc hands
// them to every constructor as well.

static int argument_count;
static char **arguments;

__attribute__((constructor)) static void keep_arguments(int count, char **values) {
  argument_count = count;
  arguments = values;
}

int cairn_argument_count(void) { return argument_count; }

const char *cairn_argument(int index) {
  return index >= 0 && index < argument_count ? arguments[index] : NULL;
}

// The commit, which Package.swift takes from the environment.

#ifdef CAIRN_COMMIT
#define QUOTED(text) #text
#define QUOTED_VALUE(text) QUOTED(text)
const char *cairn_commit(void) { return QUOTED_VALUE(CAIRN_COMMIT); }
#else
const char *cairn_commit(void) { return NULL; }
#endif

// Temporary files. A handler may only read memory that is valid at any instant: a path is never freed,
// and a place is emptied by one atomic store.

enum { temporaries_max = 32 };
static _Atomic(char *) temporaries[temporaries_max];

static void remove_temporaries(int number) {
  // From the last: the files of a folder were added after it, and only an empty one can be removed.
  for (int place = temporaries_max - 1; place >= 0; place--) {
    char *path = atomic_load(&temporaries[place]);
    if (path != NULL && unlink(path) != 0) rmdir(path);
  }
  // The handler was reset when it was called, so this ends the process with the signal's own status.
  raise(number);
}

void cairn_remove_temporaries_on_signals(void) {
  static const int numbers[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU};
  for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
    struct sigaction present;
    if (sigaction(numbers[index], NULL, &present) != 0 || present.sa_handler == SIG_IGN) continue;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = remove_temporaries;
    action.sa_flags = SA_RESETHAND | SA_NODEFER;
    sigaction(numbers[index], &action, NULL);
  }
}

int cairn_add_temporary(const char *path) {
  char *copy = strdup(path);
  if (copy == NULL) return -1;
  for (int place = 0; place < temporaries_max; place++) {
    char *empty = NULL;
    if (atomic_compare_exchange_strong(&temporaries[place], &empty, copy)) return place;
  }
  free(copy);
  return -1;
}

void cairn_forget_temporary(int place) {
  if (place >= 0 && place < temporaries_max) atomic_store(&temporaries[place], NULL);
}

// Crashes. The limit alone is not enough: a core that is piped to a program is made whatever the limit.
// Swift's backtraces print the memory that registers point to.

void cairn_forbid_crash_dumps(void) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  static const int numbers[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
  for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
    signal(numbers[index], SIG_DFL);
  }
}

void cairn_take_signals_as_errors(void) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void cairn_fill_standard_descriptors(void) {
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    // The lowest number that is free is the one that is missing.
    if (fcntl(descriptor, F_GETFD) < 0) (void)open("/", O_PATH);
  }
}

// The protocols of systemd, sd_listen_fds(3) and sd_notify(3), which are short enough to need no library.

int cairn_inherited_socket(void) {
  const char *process = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
  if (process == NULL || count == NULL || atol(process) != (long)getpid()) return -1;
  const int descriptor = 3;
  int is_listening = 0, family = 0;
  socklen_t size = sizeof is_listening;
  int is_one = strcmp(count, "1") == 0 &&
               getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 && is_listening &&
               getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 && family == AF_UNIX;
  if (!is_one) return -2;
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  return descriptor;
}

void cairn_notify(const char *state) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof address.sun_path) return;
  memcpy(address.sun_path, path, strlen(path));
  if (path[0] == '@') address.sun_path[0] = 0;
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
  sendto(descriptor, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  close(descriptor);
}

void cairn_end_as_broken_pipe(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  raise(SIGPIPE);
}
